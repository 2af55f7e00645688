import JSON
import SQL
import AlmanacRuntime
import Scheduling

/// Deletes a calendar: it takes no more bookings, its holds end, and its coming appointments are cancelled or kept.
///
///     present ──wait for entries in flight──► count ──some, and the command does not say──► refused (409)
///                                               └──cancel in batches──► end the holds ──► deleted
///
/// Each step is a separate change. After a crash, a repeated request continues: fewer appointments are left to cancel.
/// Commands that want a time meanwhile wait for the end of the deletion.
extension CalendarActor {
    /// How many appointments or holds one batch ends.
    private static let batch = 64

    public func delete(
        _ command: DeleteCalendar, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) {
        try await inTurn(id) { () async throws(CommandError) in
            isBeingDeleted = true
            defer { isBeingDeleted = false }
            try await deleteNow(command, ifMatch: ifMatch, context)
        }
    }

    /// Waits for a deletion that is under way, because only its end shows whether it succeeds.
    func awaitDeletion() async throws(CommandError) {
        while isBeingDeleted { try await inTurn(id) { () async throws(CommandError) in } }
    }

    private func deleteNow(
        _ command: DeleteCalendar, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) {
        guard !isRetired else { throw .retired }
        try current().check(ifMatch)
        try await settled()
        switch command.appointments {
        case .cancel: try await cancelComing(context)
        case .keep: break
        case nil:
            let now = services.clock.now()
            let coming = state.occupancy.entries.count { $0.kind == .appointment && $0.span.end > now }
            guard coming == 0 else { throw .hasAppointments(coming) }
        }
        try await endHolds(context)
        try await untilWritten { _ async throws(CommandError) -> Void? in
            let present = try current()
            try present.check(ifMatch)
            return try await answer((), after: await writeDeletion(of: present, context), context)
        }
        // Watchers subscribe again, and get `not_found`.
        feed.end()
    }

    private func writeDeletion(of present: CalendarRecord, _ context: CommandContext) async -> CommitOutcome {
        let now = services.clock.now()
        var deleted = present
        deleted.isDeleted = true
        deleted.version += 1
        deleted.updatedAt = now
        var rules = state.rules
        rules.isActive = false
        let payload = JSONWriter.object { writer in
            writer.field("calendar_id", id.description)
            writer.field("deleted", true)
        }
        let change = change(
            [CalendarWrites.softDelete.row([.id(id), .int(present.version), .instant(now)])],
            events: [event("calendar.updated", id, payload, now)],
            action: "calendar.delete", target: id, context, now: now
        )
        return await write([(Pending(decision: .reconfigure(rules), record: deleted), change)])
    }

    /// Cancels the appointments that are not over, in batches. Each has its own event and audit entry.
    private func cancelComing(_ context: CommandContext) async throws(CommandError) {
        var fruitless = 0
        while fruitless < 8 {
            let coming = try await AppointmentQueries(services.database).coming(
                of: id, organizationID, at: services.clock.now(), limit: Self.batch
            )
            guard !isRetired else { throw .retired }
            if coming.isEmpty { return }
            let now = services.clock.now()
            let outcomes = await writeAll(
                coming.map { appointment in
                    let revision = cancellation(of: appointment, CancelAppointment(reason: nil, by: .host), now: now)
                    return prepared(revision, context, now: now).item
                }
            )
            var hasProgressed = false
            for outcome in outcomes {
                if case .committed = outcome { hasProgressed = true } else { _ = try await failure(outcome, context) }
            }
            // An appointment that another command changed meanwhile is read again.
            fruitless = hasProgressed ? 0 : fruitless + 1
        }
        throw .contended
    }

    private func endHolds(_ context: CommandContext) async throws(CommandError) {
        while true {
            try await settled()
            let now = services.clock.now()
            var items = expiries(now: now)
            for entry in state.occupancy.entries where entry.kind == .hold && items.count < Self.batch {
                guard let decision = try? state.decideRelease(of: entry.owner, now: now) else { continue }
                items.append((Pending(decision: decision), releaseChange(of: entry.owner, entry, context, now: now)))
            }
            if items.isEmpty { return }
            for outcome in await writeAll(items) {
                if case .committed = outcome { continue }
                _ = try await failure(outcome, context)
                distrust()
                throw .retired
            }
        }
    }
}
