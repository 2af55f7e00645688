import JSON
import SQL
import AlmanacRuntime
import Scheduling

/// A replica's reads of the record. A replica writes nothing there, and raises no generation.
struct ReplicaReads: Sendable {
    let services: TenantServices

    /// A calendar at one moment.
    struct Loaded {
        var record: CalendarRecord
        var entries: [Occupancy.Entry]
        var seq: Int64
    }

    /// How many ids one statement may name. Shorter lists repeat an id, so that there are few statements.
    private static let widths = [1, 8, 64]

    /// The number of a calendar's last event; nil if the organization has no such calendar.
    func head(of calendar: ID, _ organization: ID) async throws(StoreError) -> Int64? {
        try await heads(of: [calendar], organization)[calendar]
    }

    func heads(of calendars: [ID], _ organization: ID) async throws(StoreError) -> [ID: Int64] {
        var heads: [ID: Int64] = [:]
        var rest = calendars[...]
        while let last = rest.last {
            let width = Self.widths.first { $0 >= rest.count } ?? Self.widths[Self.widths.count - 1]
            let part = rest.prefix(width)
            rest = rest.dropFirst(width)
            let ids = Array(part) + Array(repeating: last, count: width - part.count)
            let places = (2...(width + 1)).map { "$\($0)" }.joined(separator: ", ")
            let rows = try await query(
                """
                SELECT h.calendar_id, h.seq FROM calendar_heads h
                WHERE h.calendar_id IN (\(places)) AND (h.organization_id = $1) IS TRUE
                """,
                [.id(organization)] + ids.map { .id($0) }, organization
            )
            for row in rows { heads[try row.id(0)] = try row.integer(1) }
        }
        return heads
    }

    /// A calendar at one moment; nil if the organization has no such calendar.
    ///
    /// Earlier statements read settings, opening rules and shares. The last one reads the number and all entries at one
    /// moment, and shows whether the others were still the same then.
    func load(_ calendar: ID, _ organization: ID) async throws(StoreError) -> Loaded? {
        for _ in 0..<8 {
            let rows = try await query(
                CalendarRecord.selection + " WHERE id = $1 AND (organization_id = $2) IS TRUE",
                [.id(calendar), .id(organization)], organization
            )
            guard let row = rows.first else { return nil }
            let (hours, openingRules) = try StoredOpeningRules.read(
                try await query(StoredOpeningRules.selection, [.id(calendar)], organization)
            )
            var record = try CalendarRecord(row: row, hours: hours, openingRules: openingRules)
            let (edition, shares) = try await ShareReads.ofCalendar(calendar, organization, services.database)
            record.shares = shares
            let slots = try await slots(of: calendar, organization)
            guard let first = slots.first else { return nil }
            let (version, openingRulesVersion, present) = (try first.int(1), try first.int(2), try first.integer(9))
            if version != record.version || openingRulesVersion != record.openingRulesVersion || present != edition {
                continue
            }
            return Loaded(record: record, entries: try Self.entries(slots), seq: try first.integer(0))
        }
        throw StoreError(.unavailable, "a calendar's settings change again and again")
    }

    private func slots(of calendar: ID, _ organization: ID) async throws(StoreError) -> [SQLRow] {
        try await query(
            """
            SELECT h.seq, c.version, c.layers_version, t.owner, t.seat, t.starts_at, t.ends_at, t.kind, t.expires_at,
                \(ShareReads.edition)
            FROM calendar_heads h JOIN calendars c ON c.id = h.calendar_id
            LEFT JOIN (
                SELECT owner, seat, starts_at, ends_at, kind, expires_at FROM time_slots
                WHERE calendar_id = $1 AND kind = 'appointment' AND starts_at > $2
                UNION ALL
                SELECT owner, seat, starts_at, ends_at, kind, expires_at FROM time_slots
                WHERE calendar_id = $1 AND kind = 'hold'
            ) t ON 1 = 1
            WHERE h.calendar_id = $1
            """,
            [.id(calendar), .instant(services.clock.now().adding(days: -CalendarActor.memoryDays))], organization
        )
    }

    private static func entries(_ rows: [SQLRow]) throws(StoreError) -> [Occupancy.Entry] {
        var entries: [Occupancy.Entry] = []
        for row in rows where !row.isNull(3) {
            guard let kind = Occupancy.Kind(named: try row.text(7)) else {
                throw StoreError(.corrupt, "a time slot's kind is unknown")
            }
            entries.append(
                Occupancy.Entry(
                    owner: try row.id(3), span: Span(try row.instant(5), try row.instant(6)), seat: try row.int(4),
                    kind: kind, expiresAt: try row.optional(8, row.instant)
                )
            )
        }
        return entries
    }

    /// The events of appointments after one number and up to another, in order; nil if there are more than `limit`.
    func happenings(
        of calendar: ID, _ organization: ID, after: Int64, through last: Int64, limit: Int
    ) async throws(StoreError) -> [(seq: Int64, happening: Feed.Happening)]? {
        let rows = try await query(
            """
            SELECT seq, type, payload FROM events
            WHERE calendar_id = $1 AND seq > $2 AND seq <= $3 AND type LIKE 'appointment.%' ORDER BY seq LIMIT $4
            """,
            [.id(calendar), .integer(after), .integer(last), .int(limit + 1)], organization
        )
        if rows.count > limit { return nil }
        return try rows.map { row throws(StoreError) in
            let payload = try row.bytes(2)
            let json = try row.json(2)
            guard let start = json["starts_at"]?.string.flatMap(Instant.init(rfc3339:)),
                let end = json["ends_at"]?.string.flatMap(Instant.init(rfc3339:))
            else { throw StoreError(.corrupt, "an appointment's event has no time") }
            return (
                try row.integer(0),
                Feed.Happening(type: try row.text(1), payload: payload, spans: [Span(start, end)])
            )
        }
    }

    private func query(
        _ sql: String, _ arguments: [SQLValue], _ organization: ID
    ) async throws(StoreError) -> [SQLRow] {
        try await services.database.query(sql, arguments, for: organization)
    }
}
