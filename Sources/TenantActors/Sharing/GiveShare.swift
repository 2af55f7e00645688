public import JSON
import AlmanacRuntime
public import Scheduling

/// A command: share a calendar.
public struct GiveShare: Sendable {
    public enum Grantee: Sendable {
        /// A member's id, or a token's subject.
        case member(String)
        case team(ID)
        case organization
        case link
    }

    private enum GranteeType: String, CaseIterable { case member, team, organization, link }

    public var grantee: Grantee
    public var permission: Permission
    public var expiresAt: Instant?

    public init(grantee: Grantee, permission: Permission, expiresAt: Instant?) {
        self.grantee = grantee
        self.permission = permission
        self.expiresAt = expiresAt
    }

    /// Fields that only the server sets. Requests may repeat them; they are ignored.
    static let readOnlyFields: Set<String> = [
        "id", "calendar_id", "secret", "url", "version", "created_at", "updated_at",
    ]

    /// The highest permission of a link, because changes need a name and the bearer of a link has none.
    static let mostOfLink = Permission.book

    /// Reads a share; records every error, and returns nil if there is one.
    public static func read(_ reader: ObjectReader, organization: ID, now: Instant) -> GiveShare? {
        let type = reader.choice("grantee_type", GranteeType.self)
        let grantee = type.flatMap { self.grantee($0, reader, organization) }
        if type == nil { _ = reader.raw("grantee_id") }
        let names = Permission.allCases.map(\.name).joined(separator: ", ")
        let permission = reader.parsed("permission", code: "invalid_value", message: "must be one of \(names)") {
            Permission(name: $0)
        }
        if type == .link, let permission, permission > mostOfLink {
            let names = Permission.allCases.filter { $0 <= mostOfLink }.map(\.name).joined(separator: ", ")
            reader.fail("permission", code: "not_for_links", message: "must be one of \(names) for a link")
        }
        let expiresAt = reader.optionalInstant("expires_at")
        if let expiresAt, expiresAt <= now {
            reader.fail("expires_at", code: "in_the_past", message: "must lie in the future")
        }
        reader.finish(ignoring: readOnlyFields)
        guard let grantee, let permission, reader.errors.isEmpty else { return nil }
        return GiveShare(grantee: grantee, permission: permission, expiresAt: expiresAt)
    }

    private static func grantee(_ type: GranteeType, _ reader: ObjectReader, _ organization: ID) -> Grantee? {
        switch type {
        case .member: return reader.string("grantee_id", min: 1, max: 255).map { .member($0) }
        case .team: return reader.id("grantee_id").map { .team($0) }
        case .organization:
            if let id = reader.optionalID("grantee_id"), id != organization {
                reader.fail("grantee_id", code: "unknown_grantee", message: "must be left out, or be your organization")
            }
            return .organization
        case .link:
            if let value = reader.raw("grantee_id"), value != .null {
                reader.fail("grantee_id", code: "not_for_links", message: "must be left out for a link")
            }
            return .link
        }
    }
}
