import AlmanacRuntime
public import Scheduling

extension CalendarActor {
    /// Books a time: decides, writes the whole booking in one transaction, and returns the appointment.
    ///
    /// The write itself finds or creates the organization's contact. Nothing is read before, unless the booking names
    /// the contact by its id.
    public func book(_ command: BookAppointment, _ context: CommandContext) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            let contact: Contact
            let isKnown: Bool
            switch command.booker {
            case .given(let given): (contact, isKnown) = (given, false)
            case .known(let contactID):
                guard let known = try await ContactQueries(services.database).find(contactID, organizationID) else {
                    throw .notFound(what: "contact", pointer: "/contact_id")
                }
                (contact, isKnown) = (known, true)
            }
            return try await book(command, contact, contactIsKnown: isKnown, context)
        }
    }

    private func book(
        _ command: BookAppointment, _ contact: Contact, contactIsKnown: Bool, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try await awaitDeletion()
        guard !isRetired else { throw .retired }
        guard !record.isDeleted else { throw .notFound(what: "calendar", pointer: "/calendar_id") }
        let now = services.clock.now()
        state.forget(endedBefore: now.adding(days: -Self.memoryDays))
        forgottenAt = max(forgottenAt, now)
        let decision = try decide(command, now: now)
        guard let entry = decision.entry else { throw .contended }
        let isHeld = command.heldBy != nil
        let appointment = appointment(entry, command, contact, now: now)
        var rows = [SlotWrites.insert(entry, calendar: id, organization: organizationID)]
        if isHeld { rows.insert(SlotWrites.delete(entry.owner, .hold), at: 0) }
        if !contactIsKnown { rows += ContactWrites.offer(contact, organization: organizationID, at: now) }
        rows += AppointmentWrites.insert(appointment, contactIsKnown: contactIsKnown)
        let payload = appointment.eventPayload()
        // Until the write has found the organization's contact, the payload contains the id that a new contact would
        // get.
        let found = contactIsKnown ? nil : FoundID(AppointmentWrites.contactID, standIn: contact.id)
        let change = change(
            rows, events: [event("appointment.booked", appointment.id, payload, now, found: found)],
            action: "appointment.book", target: appointment.id, context, keyedStatus: 201, now: now
        )
        let happening = Feed.Happening(type: "appointment.booked", payload: payload, spans: [entry.span])
        let outcome = await write(
            expiries(now: now, wanted: entry.span) + [
                (Pending(decision: decision, happening: happening, found: found), change)
            ]
        )
        if case .committed(_, let contactID) = outcome {
            let written = contactID.flatMap { found?.putting($0, into: payload) } ?? payload
            return Reply(status: 201, body: EventAnswer.appointment(written), id: appointment.id, version: 1)
        }
        if case .conflict = outcome {
            // The database knows a neighbour that memory does not. If the neighbour ended long ago, it was never
            // loaded. Otherwise the actor loads again: the neighbour may be a hold whose end could not be written.
            if entry.span.start < now.adding(days: -Self.memoryDays + 1) {
                throw .refused(
                    .slotUnavailable(
                        reasons: [Reason(.booked, "The time is booked.", span: entry.span)], alternatives: []
                    )
                )
            }
            distrust()
            throw .retired
        }
        if let reply = try await failure(outcome, context) { return reply }
        // The contact is gone, or the hold is not as memory says.
        if isHeld { distrust() }
        throw .retired
    }

    private func decide(_ command: BookAppointment, now: Instant) throws(CommandError) -> Decision {
        do throws(Refusal) {
            if let owner = command.heldBy {
                return try state.decideConfirmation(
                    of: owner, start: command.startsAt, duration: command.duration, now: now
                )
            }
            return try state.decideBooking(
                owner: services.ids.next(), start: command.startsAt, duration: command.duration,
                overriding: command.overriding, now: now
            )
        } catch {
            throw .refused(error)
        }
    }

    private func appointment(
        _ entry: Occupancy.Entry, _ command: BookAppointment, _ contact: Contact, now: Instant
    ) -> Appointment {
        Appointment(
            id: entry.owner, organizationID: organizationID, calendarID: id, contact: contact,
            attendees: command.attendees, span: entry.span,
            status: record.settings.requiresConfirmation ? .pending : .confirmed, title: command.title,
            notes: command.notes, location: command.location ?? record.settings.location, seat: entry.seat,
            source: .api, reminders: command.reminders ?? record.settings.reminders, cancellation: nil,
            metadata: command.metadata, told: AppointmentTold(bookingWith: record.settings), version: 1, createdAt: now,
            updatedAt: now
        )
    }

    /// Reserves a time for the calendar's `hold_minutes`.
    public func hold(_ command: PlaceHold, _ context: CommandContext) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await knowHolders()
            try await awaitDeletion()
            guard !isRetired else { throw .retired }
            guard !record.isDeleted else { throw .notFound(what: "calendar", pointer: nil) }
            let now = services.clock.now()
            try checkHolds(of: context.principal, now: now)
            let decision: Decision
            do throws(Refusal) {
                decision = try state.decideHold(
                    owner: services.ids.next(), start: command.startsAt, duration: command.duration, now: now
                )
            } catch {
                throw .refused(error)
            }
            guard let entry = decision.entry else { throw .contended }
            holders?.add(entry.owner, of: context.principal)
            let payload = HoldPayload.json(entry)
            let change = change(
                [SlotWrites.hold(entry, calendar: id, organization: organizationID, holder: context.principal)],
                events: [event("hold.placed", entry.owner, payload, now)],
                action: "hold.place", target: entry.owner, context, keyedStatus: 201, now: now
            )
            let outcome = await write(
                expiries(now: now, wanted: entry.span) + [(Pending(decision: decision), change)]
            )
            switch outcome {
            case .committed:
                let body = EventAnswer.render(
                    type: "hold.placed", subjectID: entry.owner, payload: payload, secrets: services.secrets
                )
                return Reply(status: 201, body: body, id: entry.owner)
            case .conflict:
                distrust()
                throw .retired
            case .stale, .keyTaken, .fenced, .failed, .unknown, .refused:
                if let reply = try await failure(outcome, context) { return reply }
                throw .contended
            }
        }
    }

    /// Releases a hold.
    public func release(_ owner: ID, _ context: CommandContext) async throws(CommandError) {
        guard !isRetired else { throw .retired }
        let now = services.clock.now()
        let entry = state.occupancy.entries.first { $0.owner == owner }
        let decision: Decision
        do throws(Refusal) {
            decision = try state.decideRelease(of: owner, now: now)
        } catch {
            if case .holdExpired = error { throw .notFound(what: "hold", pointer: nil) }
            throw .refused(error)
        }
        let outcome = await write([(Pending(decision: decision), releaseChange(of: owner, entry, context, now: now))])
        if case .committed = outcome { return }
        _ = try await failure(outcome, context)
        distrust()
        throw .retired
    }

    func releaseChange(
        of owner: ID, _ entry: Occupancy.Entry?, _ context: CommandContext, now: Instant
    ) -> Change {
        change(
            [SlotWrites.delete(owner, .hold)],
            events: [event("hold.released", owner, entry.map(HoldPayload.json) ?? Array("{}".utf8), now)],
            action: "hold.release", target: owner, context, now: now
        )
    }
}
