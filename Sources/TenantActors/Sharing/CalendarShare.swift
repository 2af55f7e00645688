import JSON
import AlmanacRuntime
public import Scheduling

/// The right of somebody to see or use a calendar. It never changes: it is created, and deleted.
public struct CalendarShare: Sendable, Hashable, Versioned {
    public enum Grantee: Sendable, Hashable {
        case member(ID)
        /// A token's subject that belongs to no registered member.
        case subject(ExactText)
        case team(ID)
        /// Every subject of the organization.
        case organization
        /// Everybody who knows the secret.
        case link

        public var type: String {
            switch self {
            case .member, .subject: "member"
            case .team: "team"
            case .organization: "organization"
            case .link: "link"
            }
        }

        /// Nil if the type needs no id.
        public var id: String? {
            switch self {
            case .member(let id), .team(let id): id.description
            case .subject(let subject): subject.text
            case .organization, .link: nil
            }
        }
    }

    /// How many shares one calendar may have.
    public static let limit = 1_000

    public let id: ID
    public let grantee: Grantee
    public let permission: Permission
    /// Nil if only deletion ends it.
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

    /// Whether the share counts at this instant. It ends at `expiresAt`, not after it.
    public func isInForce(at now: Instant) -> Bool { expiresAt.map { now < $0 } ?? true }

    /// The resource, with the secret and the address if a link was just created.
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
