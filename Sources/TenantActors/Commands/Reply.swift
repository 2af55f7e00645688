import AlmanacRuntime
public import Scheduling

/// The answer to a command: a resource as JSON.
public struct Reply: Sendable {
    public let status: Int
    public let body: [UInt8]
    /// The resource's id, for `Location`.
    public let id: ID?
    /// The resource's version, for `ETag`.
    public let version: Int?
    /// Whether this is the stored answer to an earlier request with the same key.
    public let isReplay: Bool

    public init(status: Int, body: [UInt8], id: ID? = nil, version: Int? = nil, isReplay: Bool = false) {
        self.status = status
        self.body = body
        self.id = id
        self.version = version
        self.isReplay = isReplay
    }
}
