import JSON
import AlmanacRuntime
public import Scheduling

/// A calendar given to somebody. It is never altered: it is given, and taken back.
public struct CalendarShare: Sendable, Hashable, Versioned {
    public enum Grantee: Sendable, Hashable {
        case member(ID)
        /// A token's subject that is no registered member's.
        case subject(ExactText)
        case team(ID)
        /// Every subject of the organization.
        case organization
        /// Whoever knows the secret.
        case link

        public var type: String {
            switch self {
            case .member, .subject: "member"
            case .team: "team"
            case .organization: "organization"
            case .link: "link"
            }
        }

        /// Nil where the type says it all.
        public var id: String? {
            switch self {
            case .member(let id), .team(let id): id.description
            case .subject(let subject): subject.text
            case .organization, .link: nil
            }
        }
    }

    /// The most shares one calendar may have.
    public static let limit = 1_000

    public let id: ID
    public let grantee: Grantee
    public let permission: Permission
    /// Nil if it ends only when it is taken back.
    public let expiresAt: Instant?
    public let createdAt: Instant

    public var version: Int { 1 }

    public init(id: ID, grantee: Grantee, permission: Permission, expiresAt: Instant?, createdAt: Instant) {
        self.id = id
        self.grantee = grantee
        self.permission = permission
        self.expiresAt = expiresAt
        self.createdAt = createdAt
    }

    /// Whether it counts at this instant: it ends at `expiresAt`, not after it.
    public func isInForce(at now: Instant) -> Bool { expiresAt.map { now < $0 } ?? true }

    /// The resource; with the secret and the address of a link that was just made.
    public func json(of calendar: ID, secret: (text: String, url: String)? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("id", id.description)
        writer.field("calendar_id", calendar.description)
        writer.field("grantee_type", grantee.type)
        writer.field("grantee_id", grantee.id)
        writer.field("permission", permission.name)
        writer.field("expires_at", expiresAt?.rfc3339)
        if let secret {
            writer.field("secret", secret.text)
            writer.field("url", secret.url)
        }
        writer.field("version", version)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", createdAt.rfc3339)
        writer.endObject()
        return writer.bytes
    }
}
