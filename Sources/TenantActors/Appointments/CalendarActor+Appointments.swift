import SQL
public import JSON
import AlmanacRuntime
public import Scheduling

extension CalendarActor {
    /// Cancels an appointment of this calendar and frees its time.
    public func cancel(
        _ appointmentID: ID, _ command: CancelAppointment, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await revise(appointmentID, ifMatch: ifMatch, context) {
                (appointment, now) throws(CommandError) -> Revision? in
                do throws(Refusal) {
                    try CancellationPolicy(noticeMinutes: record.settings.cancellationNotice).check(
                        appointment.status, startsAt: appointment.span.start, by: command.by, now: now
                    )
                } catch {
                    throw .refused(error)
                }
                return cancellation(of: appointment, command, now: now)
            }
        }
    }

    func cancellation(of appointment: Appointment, _ command: CancelAppointment, now: Instant) -> Revision {
        var cancelled = appointment
        cancelled.status = .cancelled
        cancelled.cancellation = .init(by: command.by, reason: command.reason, at: now)
        let row = AppointmentWrites.cancellation.row([
            .id(appointment.id), .text(command.by.rawValue), .text(command.reason), .instant(now),
            .id(organizationID),
        ])
        return Revision(
            appointment: cancelled, decision: state.decideVacating(appointment.id),
            rows: [SlotWrites.delete(appointment.id, .appointment), row],
            eventType: "appointment.cancelled", action: "appointment.cancel", isNews: false
        )
    }

    /// Changes title, notes, location, attendees and metadata, as a PATCH may. If nothing changes, nothing is written.
    public func patch(
        _ appointmentID: ID, _ patch: JSON, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        guard !isRetired else { throw .retired }
        return try await revise(appointmentID, ifMatch: ifMatch, context) {
            (appointment, now) throws(CommandError) -> Revision? in
            let changed: Appointment
            do throws(ValidationError) {
                changed = try AppointmentPatch.apply(patch, to: appointment)
            } catch {
                throw .invalid(error)
            }
            guard !JSON.areEqual(changed.eventPayload(), appointment.eventPayload()) else { return nil }
            var visible = changed
            visible.metadata = appointment.metadata
            return Revision(
                appointment: changed, decision: .record, rows: [], eventType: "appointment.updated",
                action: "appointment.update",
                isNews: appointment.status != .cancelled && appointment.span.end > now
                    && !JSON.areEqual(visible.eventPayload(), appointment.eventPayload())
            )
        }
    }

    /// The new state of an appointment, and what else its change writes.
    struct Revision {
        var appointment: Appointment
        var decision: Decision
        var rows: [WriteRow]
        var eventType: String
        var action: String
        /// Whether the current hosts get a message, even as their first. Cancellations go only to hosts who got an
        /// earlier message.
        var isNews: Bool
    }

    /// A revision as it is written, and its answer.
    struct PreparedRevision {
        let item: (pending: Pending, change: Change)
        let reply: Reply
    }

    func prepared(_ revision: Revision, _ context: CommandContext, now: Instant) -> PreparedRevision {
        var appointment = revision.appointment
        appointment.version += 1
        appointment.updatedAt = now
        if revision.isNews { appointment.told.tell(record.settings, version: appointment.version) }
        let payload = appointment.eventPayload()
        let change = change(
            revision.rows + [AppointmentWrites.update(appointment)],
            events: [event(revision.eventType, appointment.id, payload, now)],
            action: revision.action, target: appointment.id, context, keyedStatus: 200, now: now
        )
        let happening = Feed.Happening(type: revision.eventType, payload: payload, spans: [appointment.span])
        return PreparedRevision(
            item: (Pending(decision: revision.decision, happening: happening), change), reply: Self.reply(appointment)
        )
    }

    private static func reply(_ appointment: Appointment) -> Reply {
        Reply(status: 200, body: appointment.json, id: appointment.id, version: appointment.version)
    }

    /// If there is nothing to change, the answer is the present appointment.
    private func revise(
        _ appointmentID: ID, ifMatch: VersionCondition?, _ context: CommandContext,
        _ decide: (Appointment, Instant) throws(CommandError) -> Revision?
    ) async throws(CommandError) -> Reply {
        try await revise(
            inTurnOf: appointmentID, ifMatch: ifMatch, context,
            read: { () async throws(CommandError) -> Appointment in
                let appointment = try await load(appointmentID)
                guard !isRetired else { throw .retired }
                return appointment
            }, unchanged: Self.reply
        ) { appointment, now async throws(CommandError) -> (answer: Reply, outcome: CommitOutcome)? in
            guard let revision = try decide(appointment, now) else { return nil }
            let prepared = prepared(revision, context, now: now)
            return (prepared.reply, await write([prepared.item]))
        }
    }

    private func load(_ appointmentID: ID) async throws(CommandError) -> Appointment {
        guard let appointment = try await AppointmentQueries(services.database).find(appointmentID, organizationID),
            appointment.calendarID == id
        else { throw .notFound(what: "appointment", pointer: nil) }
        return appointment
    }
}
