/// Why a directory refuses a call. Carries no key: keys may be a tenant's data.
public struct DirectoryError: Error, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// All places are taken by residents that are busy or on their way in or out. Retry after a moment.
        case overloaded
        /// The directory is shutting down and activates nothing more. Retry at another node.
        case draining
        /// An eviction or a drain overrode the pin. Take a new pin.
        case revoked
    }

    public let code: Code
    /// The name of the directory.
    public let directory: String

    public init(_ code: Code, directory: String) {
        self.code = code
        self.directory = directory
    }

    public var description: String { "directory \(directory): \(code.rawValue)" }
}
