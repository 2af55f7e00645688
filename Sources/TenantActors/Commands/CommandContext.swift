import AlmanacRuntime
public import Scheduling

/// On whose behalf a command runs.
public struct CommandContext: Sendable {
    public let organizationID: ID
    /// For instance `api_key:…`; written into the audit log.
    public let principal: String
    public let requestID: String
    public let keyed: KeyedRequest?

    public init(organizationID: ID, principal: String, requestID: String, keyed: KeyedRequest? = nil) {
        self.organizationID = organizationID
        self.principal = principal
        self.requestID = requestID
        self.keyed = keyed
    }

    /// The runtime itself.
    static func system(_ organization: ID) -> CommandContext {
        CommandContext(organizationID: organization, principal: "system", requestID: "")
    }
}
