public import AlmanacRuntime
import Foundation

/// The file with the encryption key of an installation without `encryption.key`: made once, kept beside the database,
/// and readable by its owner only.
public struct KeyFile: Sendable {
    public let path: String

    /// - Parameter database: the path of an existing database. If the path is a link, the key lies beside the target.
    ///   An existing key beside the link stays in use.
    public init(beside database: String) {
        let own = database + ".key"
        let file = URL(fileURLWithPath: database).resolvingSymlinksInPath().path
        path = FileManager.default.fileExists(atPath: own) ? own : file + ".key"
    }

    /// The key in the file; nil if there is no file.
    public func existing() throws(ConfigurationError) -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: path) else {
            guard !FileManager.default.fileExists(atPath: path) else {
                throw ConfigurationError(errors: ["\(path): cannot be read"])
            }
            return nil
        }
        guard let key = Data(base64Encoded: data.filter { $0 > 0x20 }), key.count == 32 else {
            throw ConfigurationError(errors: ["\(path): must hold 32 bytes in base64"])
        }
        return [UInt8](key)
    }

    /// The key in the file, or a new one.
    ///
    /// - Parameter mayMake: whether a new key may be made. It may not if the database was already served with a key: a
    ///   new one would be useless, and would hide that the old one is missing.
    func key(mayMake: Bool) throws(ConfigurationError) -> [UInt8] {
        if let key = try existing() { return key }
        guard mayMake else {
            throw ConfigurationError(errors: [KeyAdvice.missingFile(self)])
        }
        var random = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let text = Data(key).base64EncodedString() + "\n"
        guard PrivateFile.create(path, contents: Array(text.utf8)) else {
            throw ConfigurationError(errors: ["\(path): cannot be written; set encryption.key"])
        }
        return key
    }
}
