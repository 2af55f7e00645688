import AlmanacRuntime
public import Scheduling
import Synchronization

/// Who asks, and for which organization.
public struct Principal: Sendable, Hashable {
    public let organizationID: ID
    /// `api_key:<id>` or `jwt:<sub>`.
    @Exact public private(set) var credential: String
    public let scopes: Set<Scope>
    /// Which of the organization's calendars it may see.
    public let reach: Reach
    /// When the credential ends by itself; nil if it does not.
    public let expiresAt: Instant?

    public enum Reach: Sendable, Hashable {
        /// All of them.
        case organization
        /// Those that a token's subject owns or was given.
        case subject(ExactText)
        /// The one that a share with a secret is of.
        case link(ID)
    }

    /// A subject that sees only what it owns or was given; nil for anything else.
    public var member: String? { if case .subject(let subject) = reach { subject.text } else { nil } }

    public init(
        organizationID: ID, credential: String, scopes: Set<Scope>, member: String? = nil, expiresAt: Instant? = nil
    ) {
        self.organizationID = organizationID
        self.credential = credential
        self.scopes = scopes
        reach = member.map { .subject($0.exact) } ?? .organization
        self.expiresAt = expiresAt
    }

    /// Whoever knows the secret of a share: it may look.
    init(organizationID: ID, link share: ID) {
        self.organizationID = organizationID
        credential = "share:\(share)"
        scopes = [.calendarsRead]
        reach = .link(share)
        expiresAt = nil
    }
}
