import AlmanacRuntime
public import Scheduling

extension CalendarActor {
    /// The slots of a range, as bytes. From memory: no database, no network.
    public func availability(_ query: AvailabilityQuery) throws(CommandError) -> AvailabilityAnswer {
        guard !isRetired else { throw .retired }
        guard !record.isDeleted else { throw .notFound(what: "calendar", pointer: nil) }
        let zone = query.zone ?? state.rules.zone
        let duration = query.duration ?? state.rules.slotDuration
        let errors = FieldErrors()
        query.range.check(in: zone, from: "/from", to: "/to", errors: errors)
        checkDuration(query.duration, errors: errors)
        guard errors.isEmpty else { throw .invalid(ValidationError(errors: errors.all)) }

        let now = services.clock.now()
        absorbTouched()
        let span = query.range.span(in: zone)
        let key = AvailabilityCache.Key(
            span: span, zone: zone, duration: duration, isGroupedByDay: query.isGroupedByDay
        )
        if let answer = answers.answer(key, now: now) { return answer }
        let availability = state.availability(in: span, duration: duration, now: now)
        let slots = AvailabilityWriter.slots(availability.slots, groupedIn: query.isGroupedByDay ? zone : nil)
        let seq = state.seq
        return answers.keep(key, slots: slots, validUntil: availability.validUntil) {
            var writer = JSONWriter(reserving: slots.count + 160)
            writer.beginObject()
            writer.field("calendar_id", id.description)
            writer.field("timezone", zone.id)
            writer.field("seq", seq)
            writer.bytes.append(UInt8(ascii: ","))
            writer.bytes.append(contentsOf: slots)
            writer.endObject()
            return (writer.bytes, EntityTag.of(writer.bytes))
        }
    }

    /// Adds an error for a duration that the calendar does not allow.
    func checkDuration(_ duration: Int?, errors: FieldErrors) {
        guard let duration, !state.rules.allows(duration) else { return }
        errors.add(
            "/duration_minutes", code: "duration_not_allowed",
            message: "must be one of \(state.rules.allowedDurations.map(String.init).joined(separator: ", "))"
        )
    }

    /// The zone of the calendar's dates.
    public var zone: Zone { state.rules.zone }

    /// Whether a start can be booked, and what refuses it.
    public func explain(at start: Instant, duration: Int?) throws(CommandError) -> [UInt8] {
        guard !isRetired else { throw .retired }
        guard !record.isDeleted else { throw .notFound(what: "calendar", pointer: nil) }
        let duration = duration ?? state.rules.slotDuration
        guard state.rules.allows(duration) else {
            throw .refused(.durationNotAllowed(allowed: state.rules.allowedDurations))
        }
        let verdict = state.verdict(start: start, duration: duration, now: services.clock.now())
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("available", verdict.seat != nil)
        writer.key("reasons")
        ReasonWriter.write(verdict.reasons, to: &writer)
        writer.endObject()
        return writer.bytes
    }
}

/// Strong entity tags of finished bytes.
public enum EntityTag {
    /// The first 16 bytes of SHA-256, quotes included.
    public static func of(_ bytes: [UInt8]) -> String {
        "\"\(Base64URL.encode(Array(Secrets.digest(bytes).prefix(16))))\""
    }
}
