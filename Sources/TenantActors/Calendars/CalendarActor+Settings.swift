import JSON
import AlmanacRuntime
import Scheduling

extension CalendarActor {
    /// Changes the settings; the new ones are in force as soon as they are written.
    ///
    /// - Parameter access: as whom they are changed; nil for the organization itself.
    public func update(
        _ change: SettingsChange, ifMatch: VersionCondition?, by access: Access? = nil, _ context: CommandContext
    ) async throws(CommandError) -> CalendarRecord {
        try await revise(
            inTurnOf: id, ifMatch: ifMatch, context, conflict: .slugTaken,
            read: { () throws(CommandError) -> CalendarRecord in try current() }, unchanged: { $0 }
        ) { present, now async throws(CommandError) -> (answer: CalendarRecord, outcome: CommitOutcome)? in
            let settings = try settings(from: OwnerRule.keeping(change, present, access), over: present)
            try OwnerRule.check(settings, present, access)
            guard let zone = try? services.zones.zone(settings.timezone) else { throw .contended }
            var next = present
            next.settings = settings
            // What changes nothing is no change: no version, no event, no row.
            if JSON.areEqual(next.json, present.json) { return nil }
            next.version += 1
            next.updatedAt = now
            var events = [event("calendar.updated", id, Self.updatePayload(present, next), now)]
            if !settings.schedulesLike(present.settings) {
                events.append(event("availability.changed", id, Array(#"{"calendar_id":"\#(id)"}"#.utf8), now))
            }
            let change = self.change(
                CalendarWrites.update(next), events: events, action: "calendar.update", target: id, context, now: now
            )
            let decision = Decision.reconfigure(next.rules(zone: zone))
            return (next, await write([(Pending(decision: decision, record: next), change)]))
        }
    }

    private func settings(
        from change: SettingsChange, over present: CalendarRecord
    ) throws(CommandError) -> CalendarSettings {
        let errors = FieldErrors()
        let kept = CalendarSettings.Kept(slug: present.settings.slug, businessHours: present.settings.businessHours)
        var body: JSON
        switch change {
        case .businessHours(let hours):
            var settings = present.settings
            settings.businessHours = hours
            return settings
        case .replace(let json):
            body = json
            Self.refuseNull(of: ["slug"], in: json, errors: errors)
        case .merge(let patch):
            body = merged(patch, over: present, errors: errors)
        }
        if let reader = ObjectReader(body, errors: errors),
            let settings = CalendarSettings.read(reader, zones: services.zones, kept: kept)
        {
            return settings
        }
        throw .invalid(ValidationError(errors: errors.all))
    }

    /// The present calendar with the patch laid over it. What followed `slot_duration_minutes` goes on following it.
    private func merged(_ patch: JSON, over present: CalendarRecord, errors: FieldErrors) -> JSON {
        guard let fields = patch.object else { return patch }
        guard var base = (try? JSON.parse(present.json))?.object else { return patch }
        if fields["slot_duration_minutes"] != nil {
            let settings = present.settings
            if settings.allowedDurations == [settings.slotDuration] { base["allowed_durations_minutes"] = nil }
            if settings.slotInterval == settings.slotDuration { base["slot_interval_minutes"] = nil }
        }
        Self.refuseNull(of: ["slug", "business_hours"], in: patch, errors: errors)
        for (key, value) in fields where base[key] == nil && value == .null {
            let known: Set<ExactText> = ["allowed_durations_minutes", "slot_interval_minutes", "video"]
            if !known.contains(key.exact) {
                errors.add(JSONPointer.appending(key, to: ""), code: "unknown_field", message: "is not a known field")
            }
        }
        return JSON.object(base).mergePatch(patch)
    }

    /// What is kept where it is left out has no default that null could bring back.
    private static func refuseNull(of keys: [String], in body: JSON, errors: FieldErrors) {
        for key in keys where body[key] == .null {
            errors.add("/" + key, code: "type", message: "must not be null; leave it out to keep it as it is")
        }
    }

    /// The whole calendar, and both zones where the zone changed.
    private static func updatePayload(_ old: CalendarRecord, _ new: CalendarRecord) -> [UInt8] {
        var writer = JSONWriter(reserving: 1_024)
        writer.beginObject()
        writer.field("calendar_id", new.id.description)
        if old.settings.timezone.exact != new.settings.timezone.exact {
            writer.field("timezone", new.settings.timezone)
            writer.field("previous_timezone", old.settings.timezone)
        }
        writer.key("calendar")
        new.write(to: &writer)
        writer.endObject()
        return writer.bytes
    }
}
