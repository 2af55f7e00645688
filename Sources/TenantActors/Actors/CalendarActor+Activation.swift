import SQL
import AlmanacRuntime
import Scheduling

extension CalendarActor {
    /// Loads a calendar with five statements, however long its history is; or with one, if the hot store has its
    /// current state.
    ///
    /// The first statement raises the generation. This fences all writes of earlier owners that are still on their way.
    public static func activate(
        _ key: CalendarKey, services: TenantServices
    ) async throws(CommandError) -> CalendarActor {
        let (id, organization) = (key.calendar, key.organization)
        guard let tenure = services.ownership.tenure(of: organization) else { throw .shardMoving }
        do {
            guard let head = try await services.database.openHead(id, of: organization, under: tenure) else {
                throw CommandError.notFound(what: "calendar", pointer: nil)
            }
            if let calendar = await warm(key, head, tenure, services) { return calendar }
            let (hours, openingRules) = try StoredOpeningRules.read(
                try await services.database.query(StoredOpeningRules.selection, [.id(id)], for: organization)
            )
            let rows = try await services.database.query(
                CalendarRecord.selection + " WHERE id = $1", [.id(id)], for: organization
            )
            guard let row = rows.first else { throw CommandError.notFound(what: "calendar", pointer: nil) }
            var record = try CalendarRecord(row: row, hours: hours, openingRules: openingRules)
            record.shares = try await ShareReads.ofCalendar(id, organization, services.database).shares
            guard let zone = try? services.zones.zone(record.settings.timezone) else {
                throw StoreError(.unavailable, "the time zone database lacks \(record.settings.timezone)")
            }
            let entries = try await liveSlots(id, organization, services)
            let calendar = CalendarActor(
                record: record, head: head, tenure: tenure, rules: record.rules(zone: zone), entries: entries,
                services: services
            )
            if services.hotState != nil { await calendar.shareEverything() }
            return calendar
        } catch let error as CommandError {
            throw error
        } catch let error as StoreError {
            throw .unavailable(error)
        } catch {
            throw .unavailable(StoreError(.corrupt, "a calendar cannot be read"))
        }
    }

    /// The entries that may still matter: three days back cover today's bookings in every zone, and buffers. A hold
    /// matters until its end is written, however long ago it was due.
    private static func liveSlots(
        _ id: ID, _ organization: ID, _ services: TenantServices
    ) async throws -> [Occupancy.Entry] {
        let rows = try await services.database.query(
            """
            SELECT owner, seat, starts_at, ends_at, kind, expires_at FROM time_slots
            WHERE calendar_id = $1 AND kind = 'appointment' AND starts_at > $2
            UNION ALL
            SELECT owner, seat, starts_at, ends_at, kind, expires_at FROM time_slots
            WHERE calendar_id = $1 AND kind = 'hold'
            """,
            [.id(id), .instant(services.clock.now().adding(days: -memoryDays))], for: organization
        )
        return try rows.map { row in
            guard let kind = Occupancy.Kind(named: try row.text(4)) else {
                throw StoreError(.corrupt, "a time slot's kind is unknown")
            }
            return Occupancy.Entry(
                owner: try row.id(0), span: Span(try row.instant(2), try row.instant(3)), seat: try row.int(1),
                kind: kind, expiresAt: try row.optional(5, row.instant)
            )
        }
    }
}
