import SQL
import AlmanacRuntime
import Scheduling

/// Reads of shares, straight from the record.
enum ShareReads {
    static let columns = """
        s.id, s.grantee_type, s.member_id, s.subject, s.team_id, s.permission, s.expires_at, s.created_at
        """

    /// A calendar's shares and their edition; one row without a share if there are none.
    static let ofCalendar = """
        SELECT e.edition, \(columns)
        FROM (SELECT COUNT(*) + COUNT(deleted_at) AS edition FROM calendar_shares WHERE calendar_id = $1) e
        LEFT JOIN calendar_shares s ON s.calendar_id = $1 AND s.deleted_at IS NULL
        """

    /// How often a calendar's shares have changed. Each row is added once and deleted once, so the sum grows with each
    /// change.
    static let edition = "(SELECT COUNT(*) + COUNT(deleted_at) FROM calendar_shares WHERE calendar_id = $1)"

    static func ofCalendar(
        _ calendar: ID, _ organization: ID, _ database: any Database
    ) async throws(StoreError) -> (edition: Int64, shares: [CalendarShare]) {
        let rows = try await database.query(ofCalendar, [.id(calendar)], for: organization)
        // Sorted here: with an ORDER BY, the database might walk through all shares by id.
        let shares = try rows.filter { !$0.isNull(1) }.map { row throws(StoreError) in try share(row, at: 1) }
            .sorted { $0.id < $1.id }
        return (try rows.first?.integer(0) ?? 0, shares)
    }

    /// Reads ``columns``, beginning with one column.
    static func share(_ row: SQLRow, at first: Int) throws(StoreError) -> CalendarShare {
        guard let permission = Permission(name: try row.text(first + 5)) else {
            throw StoreError(.corrupt, "a share's permission is unknown")
        }
        return CalendarShare(
            id: try row.id(first), grantee: try grantee(row, at: first + 1), permission: permission,
            expiresAt: try row.optional(first + 6, row.instant), createdAt: try row.instant(first + 7)
        )
    }

    private static func grantee(_ row: SQLRow, at first: Int) throws(StoreError) -> CalendarShare.Grantee {
        switch try row.text(first).exact {
        case "member": row.isNull(first + 1) ? .subject(try row.text(first + 2).exact) : .member(try row.id(first + 1))
        case "team": .team(try row.id(first + 3))
        case "organization": .organization
        case "link": .link
        default: throw StoreError(.corrupt, "a share's grantee_type is unknown")
        }
    }
}
