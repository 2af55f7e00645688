import SQL
import AlmanacRuntime

/// The dispatcher's reads, across all organizations.
enum DispatchReads {
    static let all = [outbox, claimed]

    /// Events that are not expanded yet, with all that channels need to know of them.
    static let outbox = NamedRead(
        "outbox", [.integer],
        sql: """
            SELECT b.event_id, b.calendar_id, b.seq, e.organization_id, o.id, \(NoticeQuery.columns)
            FROM outbox b
            JOIN events e ON e.calendar_id = b.calendar_id AND e.seq = b.seq
            JOIN calendars c ON c.id = b.calendar_id
            LEFT JOIN appointments a ON a.id = e.subject_id
            LEFT JOIN organizations o ON o.id = e.organization_id AND o.deleted_at IS NULL
            ORDER BY b.event_id LIMIT $1
            """
    )

    /// The deliveries of a claim; see ``DeliveryLane/claim()``.
    static let claimed = NamedRead(
        "claimed_deliveries", [.id],
        sql: """
            SELECT d.id, d.attempts, d.target, d.created_at, d.give_up_at, d.organization_id, o.deleted_at,
                \(NoticeQuery.columns)
            FROM deliveries d
            JOIN events e ON e.calendar_id = d.calendar_id AND e.seq = d.seq
            JOIN calendars c ON c.id = e.calendar_id
            LEFT JOIN appointments a ON a.id = e.subject_id
            JOIN organizations o ON o.id = e.organization_id
            WHERE d.claim = $1 ORDER BY d.id
            """
    )
}
