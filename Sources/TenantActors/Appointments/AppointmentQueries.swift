import SQL
public import AlmanacRuntime
public import Scheduling

/// Reads of appointments, straight from the record.
public struct AppointmentQueries: Sendable {
    public struct Filter: Sendable {
        public var calendarID: ID?
        public var statuses: [AppointmentStatus] = []
        public var contactID: ID?
        public var from: Instant?
        public var to: Instant?
        /// Limits reads to appointments of calendars that this viewer has with at least `view`; nil for all.
        public var viewer: Viewer?

        public init() {}
    }

    private let database: any Database

    public init(_ database: any Database) { self.database = database }

    /// An organization's appointment; nil if it has none with this id.
    public func find(_ id: ID, _ organization: ID) async throws(CommandError) -> Appointment? {
        do {
            let rows = try await database.query(
                Appointment.selection
                    + " WHERE a.id = $1 AND (a.organization_id = $2 AND a.deleted_at IS NULL) IS TRUE",
                [.id(id), .id(organization)], for: organization
            )
            guard let row = rows.first else { return nil }
            return try Appointment(row: row)
        } catch {
            throw .unavailable(error)
        }
    }

    /// Some of a calendar's appointments that are neither cancelled nor over, the earliest first.
    func coming(
        of calendar: ID, _ organization: ID, at now: Instant, limit: Int
    ) async throws(CommandError) -> [Appointment] {
        do {
            // No appointment is longer than a day, so the index on starts can be used.
            return try await database.query(
                Appointment.selection + """
                     WHERE a.organization_id = $1 AND a.calendar_id = $2 AND a.starts_at > $3 AND a.ends_at > $4
                        AND a.status IN ('pending', 'confirmed') AND a.deleted_at IS NULL
                    ORDER BY a.starts_at, a.id LIMIT $5
                    """,
                [.id(organization), .id(calendar), .instant(now.adding(days: -1)), .instant(now), .int(limit)],
                for: organization
            ).map { row throws(StoreError) in try Appointment(row: row) }
        } catch {
            throw .unavailable(error)
        }
    }

    /// The statement names at most this many calendars. For viewers with more, it computes them itself.
    private static let named = 64

    /// The calendars whose appointments the viewer may see, at most one more than the statement can name.
    ///
    /// Read first, because as a condition of the appointments it would be checked for each one that the page skips.
    private func visible(to viewer: Viewer, _ organization: ID, at now: Instant) async throws(CommandError) -> [ID] {
        var arguments: [SQLValue] = [.id(organization)]
        let visible = VisibleCalendars(viewer: viewer, now: now, withDetails: true).condition(&arguments)
        arguments.append(.int(Self.named + 1))
        do {
            return try await database.query(
                "SELECT id FROM calendars WHERE organization_id = $1 AND \(visible) LIMIT $\(arguments.count)",
                arguments,
                for: organization
            ).map { row throws(StoreError) in try row.id(0) }
        } catch {
            throw .unavailable(error)
        }
    }

    /// A page in order of id, after `cursor`.
    public func list(
        _ organization: ID, _ filter: Filter, at now: Instant, after cursor: ID?, limit: Int
    ) async throws(CommandError) -> [Appointment] {
        if filter.viewer?.isExcluded ?? false { return [] }
        var calendars: [ID] = []
        if let viewer = filter.viewer {
            calendars = try await visible(to: viewer, organization, at: now)
            if calendars.isEmpty { return [] }
        }
        var arguments: [SQLValue] = [.id(organization)]
        // The equality condition and the id are in one index, in this order, and no other index must serve. In a small
        // table, PostgreSQL may otherwise choose to walk through all rows by id.
        let (whole, wholeID) =
            filter.contactID.map { ("a.contact_id", $0) } ?? filter.calendarID.map { ("a.calendar_id", $0) }
            ?? ("a.organization_id", organization)
        let isNarrow = filter.calendarID != nil || filter.contactID != nil
        arguments += [.id(wholeID), .id(cursor ?? ID(high: 0, low: 0))]
        var conditions = [
            "(a.organization_id = $1) IS TRUE", "(\(whole), a.id) > ($2, $3)", "\(whole) <= $2",
            isNarrow ? "a.deleted_at IS NULL" : "(a.deleted_at IS NULL) IS TRUE",
        ]
        func add(_ condition: String, _ value: SQLValue) {
            arguments.append(value)
            conditions.append(condition + " $\(arguments.count)")
        }
        if filter.contactID != nil, let calendarID = filter.calendarID { add("a.calendar_id =", .id(calendarID)) }
        if let from = filter.from { add("a.starts_at >=", .instant(from)) }
        if let to = filter.to { add("a.starts_at <", .instant(to)) }
        if !filter.statuses.isEmpty {
            // Each status once and in one order, so that there are few statements.
            let statuses = AppointmentStatus.allCases.filter(filter.statuses.contains)
            let places = statuses.map { status in
                arguments.append(.text(status.rawValue))
                return "$\(arguments.count)"
            }.joined(separator: ", ")
            conditions.append("a.status IN (\(places))")
        }
        if let last = calendars.last, calendars.count <= Self.named {
            // Always the same number of ids, so that there are few statements.
            let padded = calendars + Array(repeating: last, count: Self.named - calendars.count)
            let places = padded.map { id in
                arguments.append(.id(id))
                return "$\(arguments.count)"
            }.joined(separator: ", ")
            // Written so that no index can use it: the page must be read in its own order.
            conditions.append("(a.calendar_id IN (\(places))) IS TRUE")
        } else if let viewer = filter.viewer {
            let visible = VisibleCalendars(viewer: viewer, now: now, withDetails: true).condition(&arguments)
            conditions.append("a.calendar_id IN (SELECT id FROM calendars WHERE organization_id = $1 AND \(visible))")
        }
        arguments.append(.int(limit))
        let condition = conditions.joined(separator: " AND ")
        let sql = Appointment.selection + " WHERE \(condition) ORDER BY \(whole), a.id LIMIT $\(arguments.count)"
        do {
            return try await database.query(sql, arguments, for: organization)
                .map { row throws(StoreError) in try Appointment(row: row) }
        } catch {
            throw .unavailable(error)
        }
    }
}

extension Appointment {
    /// The resource as the API returns it.
    public var json: [UInt8] { EventAnswer.appointment(eventPayload()) }
}
