import SQL
import JSON
import AlmanacRuntime
import Scheduling

/// Records what the calendar offered on each day.
extension CalendarActor {
    /// Records what the days that have ended offered, one row for each, under the present rules.
    ///
    /// These are the rules that were in effect when the days ended: before ``write(_:)`` puts new rules into effect, it
    /// writes all ended days under the old ones.
    public func recordDays() async throws(CommandError) {
        try await inTurn(id) { () async throws(CommandError) in
            guard !isRetired else { throw .retired }
            guard !record.isDeleted else { return }
            let known = try await knownClock()
            let now = services.clock.now()
            let clock = known.corrected(at: now, in: state.rules.zone)
            let ended = clock.ended(at: now, in: state.rules.zone)
            let next = clock.advanced(past: ended, in: state.rules.zone)
            guard next != known else { return }
            let change = Change(
                key: id, organizationID: organizationID, generation: generation, tenure: tenure,
                rows: days(ended, now) + [DayWrites.clock(next, calendar: id, organization: organizationID)], audit: nil
            )
            let outcome = await write([(Pending(decision: .record, clock: next), change)])
            guard case .committed = outcome else {
                _ = try await failure(outcome, CommandContext.system(organizationID))
                throw .contended
            }
            services.counts.daysRecorded(ended.map { $0.upperBound - $0.lowerBound + 1 } ?? 0)
        }
    }

    /// Writes again what some dates offer, under the present rules.
    public func regenerate(
        _ command: RegenerateAvailability, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await inTurn(id) { () async throws(CommandError) -> Reply in
                guard !isRetired else { throw .retired }
                _ = try current()
                let now = services.clock.now()
                let rows = days(command.dates, now)
                let slots = rows.reduce(0) { sum, row in
                    if case .integer(let count) = row.values[7] { sum + Int(count) } else { sum }
                }
                var writer = JSONWriter()
                writer.beginObject()
                writer.field("calendar_id", id.description)
                writer.field("days", rows.count)
                writer.field("slots", slots)
                writer.endObject()
                let reply = Reply(status: 200, body: writer.bytes)
                let change = Change(
                    key: id, organizationID: organizationID, generation: generation, tenure: tenure, rows: rows,
                    audit: AuditEntry(
                        id: services.ids.next(), action: "availability.regenerate", targetID: id,
                        principal: context.principal, requestID: context.requestID, at: now
                    ),
                    idempotency: context.keyed?.claim(
                        status: 200, answer: reply.body, services.secrets, at: now
                    ),
                    // The rows of a year take long, so they do not share a transaction with bookings.
                    isAlone: rows.count > CalendarClock.maxCatchUp
                )
                let outcome = await write([(Pending(decision: .record), change)])
                if case .committed = outcome { return reply }
                if let kept = try await failure(outcome, context) { return kept }
                throw .contended
            }
        }
    }

    func days(_ dates: ClosedRange<CivilDate>?, _ now: Instant) -> [WriteRow] {
        guard let dates else { return [] }
        return DayWrites.days(dates, of: state, calendar: id, organization: organizationID, at: now)
    }

    /// The calendar's clock. It is read once.
    func knownClock() async throws(CommandError) -> CalendarClock {
        if let clock { return clock }
        let rows: [SQLRow]
        do {
            rows = try await services.database.query(
                CalendarClock.selection + " WHERE calendar_id = $1", [.id(id)], for: organizationID
            )
            guard let row = rows.first else {
                var clock = CalendarClock(beginningAt: services.clock.now(), in: state.rules.zone)
                // This differs from the clock's next state, so that the next write stores it.
                clock.dueAt = .distantPast
                return clock
            }
            let known = try CalendarClock(row: row)
            clock = known
            return known
        } catch {
            throw .unavailable(error)
        }
    }

    /// Adds to each change of rules the records of the days that ended under the old rules, and the clock's new state.
    func closingDays(
        _ items: [(pending: Pending, change: Change)]
    ) async throws(CommandError) -> [(pending: Pending, change: Change)] {
        var items = items
        for index in items.indices {
            guard case .reconfigure(let rules) = items[index].pending.decision, items[index].pending.clock == nil else {
                continue
            }
            let known = try await knownClock()
            let now = services.clock.now()
            let clock = known.corrected(at: now, in: state.rules.zone)
            let ended = clock.ended(at: now, in: state.rules.zone)
            items[index].change.rows += days(ended, now)
            if items[index].pending.record?.isDeleted == true {
                items[index].change.rows.append(DayWrites.deleteClock.row([.id(id)]))
                continue
            }
            let next = clock.advanced(past: ended, in: rules.zone)
            guard next != known else { continue }
            items[index].change.rows.append(DayWrites.clock(next, calendar: id, organization: organizationID))
            items[index].pending.clock = next
        }
        return items
    }
}
