public import AlmanacRuntime
public import Scheduling

extension CalendarActor {
    /// Cancels an appointment of this calendar and sets its time free.
    public func cancel(
        _ appointmentID: ID, _ command: CancelAppointment, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await revise(appointmentID, ifMatch: ifMatch, context) {
                (appointment, now) throws(CommandError) -> Revision in
                do throws(Refusal) {
                    try CancellationPolicy(noticeMinutes: record.settings.cancellationNotice).check(
                        appointment.status, startsAt: appointment.span.start, by: command.by, now: now
                    )
                } catch {
                    throw .refused(error)
                }
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
                    eventType: "appointment.cancelled", action: "appointment.cancel"
                )
            }
        }
    }

    /// Changes what a PATCH may change: title, notes, location, attendees, metadata.
    public func patch(
        _ appointmentID: ID, _ patch: JSON, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        guard !isRetired else { throw .retired }
        return try await revise(appointmentID, ifMatch: ifMatch, context) {
            (appointment, _) throws(CommandError) -> Revision in
            let changed: Appointment
            do throws(ValidationError) {
                changed = try AppointmentPatch.apply(patch, to: appointment)
            } catch {
                throw .invalid(error)
            }
            return Revision(
                appointment: changed, decision: .record, rows: [], eventType: nil, action: "appointment.update"
            )
        }
    }

    /// An appointment as it is to be, and what else its change writes.
    struct Revision {
        var appointment: Appointment
        var decision: Decision
        var rows: [WriteRow]
        var eventType: String?
        var action: String
    }

    private func revise(
        _ appointmentID: ID, ifMatch: VersionCondition?, _ context: CommandContext,
        _ decide: (Appointment, Instant) throws(CommandError) -> Revision
    ) async throws(CommandError) -> Reply {
        try await inTurn(appointmentID) { () async throws(CommandError) -> Reply in
            try await reviseNow(appointmentID, ifMatch: ifMatch, context, decide)
        }
    }

    /// Reads, decides and writes, anew if a change of the same appointment came first after all.
    private func reviseNow(
        _ appointmentID: ID, ifMatch: VersionCondition?, _ context: CommandContext,
        _ decide: (Appointment, Instant) throws(CommandError) -> Revision
    ) async throws(CommandError) -> Reply {
        for _ in 0..<8 {
            let appointment = try await load(appointmentID)
            guard !isRetired else { throw .retired }
            if let ifMatch, !ifMatch.holds(VersionTag.of(appointment.id, appointment.version)) {
                throw .preconditionFailed
            }
            let now = services.clock.now()
            var revision = try decide(appointment, now)
            // What changes nothing is no change: no version, no event, no row.
            if revision.appointment.status == appointment.status,
                JSON.areEqual(revision.appointment.eventPayload(), appointment.eventPayload())
            {
                return Reply(
                    status: 200, body: EventAnswer.appointment(appointment.eventPayload()), id: appointmentID,
                    version: appointment.version
                )
            }
            revision.appointment.version = appointment.version + 1
            revision.appointment.updatedAt = now
            let payload = revision.appointment.eventPayload()
            let change = change(
                revision.rows + [AppointmentWrites.update(revision.appointment)],
                events: revision.eventType.map { [event($0, appointmentID, payload, now)] } ?? [],
                action: revision.action, target: appointmentID, context,
                keyedStatus: revision.eventType == nil ? nil : 200, now: now
            )
            let happening = revision.eventType.map {
                Feed.Happening(type: $0, payload: payload, spans: [revision.appointment.span])
            }
            let outcome = await write([(Pending(decision: revision.decision, happening: happening), change)])
            if case .committed = outcome {
                return Reply(
                    status: 200, body: EventAnswer.appointment(payload), id: appointmentID,
                    version: revision.appointment.version
                )
            }
            if let reply = try await failure(outcome, context) { return reply }
        }
        throw .contended
    }

    private func load(_ appointmentID: ID) async throws(CommandError) -> Appointment {
        guard let appointment = try await AppointmentQueries(services.database).find(appointmentID, organizationID),
            appointment.calendarID == id
        else { throw .notFound(what: "appointment", pointer: nil) }
        return appointment
    }
}

/// What a PATCH of an appointment may say.
enum AppointmentPatch {
    private static let editable: Set<String> = ["title", "notes", "location", "attendees", "metadata"]
    private static let ignored: Set<String> = BookAppointment.readOnlyFields.union([
        "calendar_id", "contact", "starts_at", "reminders",
    ])

    /// What another operation changes: sent back as it is, it is ignored, but a new value would be lost in silence.
    private static let otherwiseChanged = ["calendar_id", "contact", "starts_at", "ends_at", "status", "reminders"]

    static func apply(_ patch: JSON, to appointment: Appointment) throws(ValidationError) -> Appointment {
        let errors = FieldErrors()
        guard let given = patch.object else {
            errors.add("", code: "type", message: "must be an object")
            try errors.check()
            return appointment
        }
        let known = Set(editable.union(ignored).map(\.exact))
        for (key, _) in given where !known.contains(key.exact) {
            errors.add(JSONPointer.appending(key, to: ""), code: "unknown_field", message: "is not a known field")
        }
        if let present = (try? JSON.parse(appointment.eventPayload()))?.object {
            for key in Self.otherwiseChanged {
                if let value = given[key], value != present[key] {
                    errors.add(
                        JSONPointer.appending(key, to: ""), code: "read_only",
                        message: "cannot be changed here; only title, notes, location, attendees and metadata can"
                    )
                }
            }
        }
        var attendees = JSONWriter()
        Appointment.write(appointment.attendees, to: &attendees)
        let present = JSON.object(
            JSONObject([
                ("title", appointment.title.map { .string($0) } ?? .null),
                ("notes", appointment.notes.map { .string($0) } ?? .null),
                ("location", appointment.location.map { .string($0) } ?? .null),
                ("attendees", (try? JSON.parse(attendees.bytes)) ?? .array([])), ("metadata", appointment.metadata),
            ])
        )
        var changed = appointment
        if let reader = ObjectReader(present.mergePatch(patch), errors: errors) {
            changed.title = reader.optionalString("title", max: 200)
            changed.notes = reader.optionalString("notes", max: 5000, multiline: true)
            changed.location = reader.optionalString("location", max: 500)
            changed.attendees = Appointment.readAttendees(reader) ?? []
            changed.metadata = reader.metadata("metadata") ?? .object(JSONObject())
        }
        try errors.check()
        return changed
    }
}
