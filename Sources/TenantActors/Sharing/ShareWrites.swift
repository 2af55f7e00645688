import SQL
import AlmanacRuntime
import Scheduling

/// Rows of `calendar_shares`. Each is added once and deleted once.
enum ShareWrites {
    static let insert = WriteKind(
        "calendar_share.insert", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("calendar_id", .id), .init("grantee_type", .text),
            .init("member_id", .id), .init("subject", .text), .init("team_id", .id), .init("permission", .text),
            .init("secret_hash", .blob), .init("expires_at", .instant), .init("created_at", .instant),
        ],
        sql: """
            INSERT INTO calendar_shares
                (id, organization_id, calendar_id, grantee_type, member_id, subject, team_id, permission, secret_hash,
                 expires_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """
    )

    /// Stale if the share is deleted already.
    static let delete = WriteKind(
        "calendar_share.delete", phase: .records,
        columns: [.init("id", .id), .init("calendar_id", .id), .init("deleted_at", .instant)],
        sql:
            "UPDATE calendar_shares SET deleted_at = $3 WHERE id = $1 AND (calendar_id = $2 AND deleted_at IS NULL) IS TRUE"
    )

    static func insert(
        _ share: CalendarShare, calendar: ID, organization: ID, secretHash: [UInt8]?
    ) -> WriteRow {
        var (member, subject, team): (ID?, String?, ID?)
        switch share.grantee {
        case .member(let id): member = id
        case .subject(let text): subject = text.text
        case .team(let id): team = id
        case .organization, .link: break
        }
        return insert.row([
            .id(share.id), .id(organization), .id(calendar), .text(share.grantee.type), .id(member), .text(subject),
            .id(team), .text(share.permission.name), secretHash.map { .blob($0) } ?? .null, .instant(share.expiresAt),
            .instant(share.createdAt),
        ])
    }

    static func delete(_ share: CalendarShare, of calendar: ID, at now: Instant) -> WriteRow {
        delete.row([.id(share.id), .id(calendar), .instant(now)])
    }
}
