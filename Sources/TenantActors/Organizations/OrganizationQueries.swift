import SQL
public import AlmanacRuntime
public import Scheduling

/// Reads of organizations, their calendars and their API keys, straight from the record.
public struct OrganizationQueries: Sendable {
    /// A page of organizations for the operator, in order of id.
    static let page = NamedRead(
        "organizations", [.id, .integer],
        sql: """
            SELECT id, name, slug, version, created_at, updated_at FROM organizations
            WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2
            """
    )

    private let database: any Database

    public init(_ database: any Database) { self.database = database }

    public func find(_ id: ID) async throws(CommandError) -> OrganizationRecord? {
        try await rows(
            OrganizationRecord.selection + " WHERE id = $1 AND (deleted_at IS NULL) IS TRUE", [.id(id)], for: id
        )
        .first.map { row throws(CommandError) in try Self.read { () throws(StoreError) in try .init(row: row) } }
    }

    /// A page in order of id.
    public func list(after cursor: ID?, limit: Int) async throws(CommandError) -> [OrganizationRecord] {
        do {
            return try await database.query(
                Self.page, [.id(cursor ?? ID(high: 0, low: 0)), .int(limit)]
            ).map { row throws(StoreError) in try OrganizationRecord(row: row) }
        } catch {
            throw .unavailable(error)
        }
    }

    /// A page of an organization's calendars in order of id, with their hours. For a viewer, also reads their shares,
    /// and shows each calendar as the viewer may see it. Hours and shares are read for 64 calendars at a time.
    public func calendars(
        _ organization: ID, for viewer: Viewer?, at now: Instant, after cursor: ID?, limit: Int
    ) async throws(CommandError) -> [CalendarRecord] {
        if viewer?.isExcluded ?? false { return [] }
        var arguments: [SQLValue] = [.id(organization), .id(cursor ?? ID(high: 0, low: 0)), .int(limit)]
        // Compares a pair, so that only the index of pairs can serve.
        var condition =
            "(organization_id, id) > ($1, $2) AND organization_id <= $1 AND (deleted_at IS NULL) IS TRUE"
        if let viewer {
            let visible = VisibleCalendars(viewer: viewer, now: now, withDetails: false).condition(&arguments)
            condition += " AND \(visible)"
        }
        let page = try await rows(
            CalendarRecord.selection + " WHERE \(condition) ORDER BY organization_id, id LIMIT $3", arguments,
            for: organization
        )
        var hourRows: [SQLRow] = []
        var shareRows: [SQLRow] = []
        var rest = try Self.read { () throws(StoreError) in
            try page.map { row throws(StoreError) in try row.id(0) }
        }[...]
        let width = 64
        let places = (1...width).map { "$\($0)" }.joined(separator: ", ")
        while let last = rest.last {
            let part = rest.prefix(width)
            rest = rest.dropFirst(width)
            let ids = (Array(part) + Array(repeating: last, count: width - part.count)).map { SQLValue.id($0) }
            hourRows += try await rows(
                """
                SELECT calendar_id, day_of_week, start_minute, end_minute FROM business_hours
                WHERE calendar_id IN (\(places))
                """, ids, for: organization
            )
            guard viewer != nil else { continue }
            shareRows += try await rows(
                """
                SELECT s.calendar_id, \(ShareReads.columns) FROM calendar_shares s
                WHERE s.calendar_id IN (\(places)) AND s.deleted_at IS NULL
                """, ids, for: organization
            )
        }
        return try Self.read { () throws(StoreError) in
            var hours: [ID: [SQLRow]] = [:]
            for row in hourRows { hours[try row.id(0), default: []].append(row) }
            var shares: [ID: [CalendarShare]] = [:]
            for row in shareRows { shares[try row.id(0), default: []].append(try ShareReads.share(row, at: 1)) }
            return try page.map { row throws(StoreError) in
                let id = try row.id(0)
                var record = try CalendarRecord(row: row, hours: CalendarRecord.hours(hours[id] ?? [], at: 1))
                guard let viewer else { return record }
                record.shares = shares[id] ?? []
                // If a share was deleted between two of the statements, the calendar is shown with the lowest
                // permission.
                return record.shown(to: record.permission(of: viewer, at: now) ?? .viewFreeBusy)
            }
        }
    }

    /// A page of an organization's API keys in force, in order of id.
    public func keys(_ organization: ID, after cursor: ID?, limit: Int) async throws(CommandError) -> [APIKey.Record] {
        try await rows(
            """
            SELECT id, organization_id, name, prefix, scopes, created_at, expires_at FROM api_keys
            WHERE (organization_id, id) > ($1, $2) AND organization_id <= $1 AND revoked_at IS NULL
            ORDER BY organization_id, id LIMIT $3
            """,
            [.id(organization), .id(cursor ?? ID(high: 0, low: 0)), .int(limit)], for: organization
        ).map { row throws(CommandError) in try Self.read { () throws(StoreError) in try .init(row: row) } }
    }

    /// One of an organization's API keys in force.
    public func key(_ id: ID, _ organization: ID) async throws(CommandError) -> APIKey.Record? {
        try await rows(
            """
            SELECT id, organization_id, name, prefix, scopes, created_at, expires_at FROM api_keys
            WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL
            """,
            [.id(organization), .id(id)], for: organization
        ).first.map { row throws(CommandError) in try Self.read { () throws(StoreError) in try .init(row: row) } }
    }

    private func rows(
        _ sql: String, _ arguments: [SQLValue], for organization: ID
    ) async throws(CommandError) -> [SQLRow] {
        do {
            return try await database.query(sql, arguments, for: organization)
        } catch {
            throw .unavailable(error)
        }
    }

    private static func read<T>(_ body: () throws(StoreError) -> T) throws(CommandError) -> T {
        do {
            return try body()
        } catch {
            throw .unavailable(error)
        }
    }
}
