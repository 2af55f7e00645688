/// Why a directory refuses a call. Carries no key: keys may be a tenant's data.
public struct DirectoryError: Error, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Every place is taken by a resident that is busy or on its way in or out. Retry after a moment.
        case overloaded
        /// The directory is shutting down and activates nothing more. Retry at another node.
        case draining
        /// The pin was overridden by an eviction or by a drain. Take a new pin.
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
