import AlmanacRuntime
public import Scheduling
import Synchronization

/// The caller, and its organization.
public struct Principal: Sendable, Hashable {
    public let organizationID: ID
    /// `api_key:<id>` or `jwt:<sub>`.
    @Exact public private(set) var credential: String
    public let scopes: Set<Scope>
    /// Which of the organization's calendars the caller may see.
    public let reach: Reach
    /// When the credential expires; nil if it does not.
    public let expiresAt: Instant?

    public enum Reach: Sendable, Hashable {
        /// All calendars.
        case organization
        /// The calendars that a token's subject owns or was given.
        case subject(ExactText)
        /// The calendar of a link.
        case link(ID)
    }

    /// The subject that sees only calendars that it owns or was given; nil for other callers.
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

    /// The bearer of a link, who may look at its calendar.
    init(organizationID: ID, link share: ID) {
        self.organizationID = organizationID
        credential = "share:\(share)"
        scopes = [.calendarsRead]
        reach = .link(share)
        expiresAt = nil
    }
}
