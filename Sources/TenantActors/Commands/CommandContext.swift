import AlmanacRuntime
public import Scheduling

/// For whom a command runs.
public struct CommandContext: Sendable {
    public let organizationID: ID
    /// For instance `api_key:…`; the audit log stores it.
    public let principal: String
    public let requestID: String
    public let keyed: KeyedRequest?

    public init(organizationID: ID, principal: String, requestID: String, keyed: KeyedRequest? = nil) {
        self.organizationID = organizationID
        self.principal = principal
        self.requestID = requestID
        self.keyed = keyed
    }

    /// For changes that the server itself makes.
    static func system(_ organization: ID) -> CommandContext {
        CommandContext(organizationID: organization, principal: "system", requestID: "")
    }
}
