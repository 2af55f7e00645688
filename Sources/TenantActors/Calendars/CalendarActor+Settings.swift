import JSON
import AlmanacRuntime
import Scheduling

extension CalendarActor {
    /// Changes the settings. The new ones are in effect as soon as they are written.
    ///
    /// - Parameter access: the viewer who changes them, with its permission; nil for the organization itself.
    public func update(
        _ change: SettingsChange, ifMatch: VersionCondition?, by access: Access? = nil, _ context: CommandContext
    ) async throws(CommandError) -> CalendarRecord {
        try await revise(
            inTurnOf: id, ifMatch: ifMatch, context, conflict: .slugTaken,
            read: { () throws(CommandError) -> CalendarRecord in try current() }, unchanged: { $0 }
        ) { present, now async throws(CommandError) -> (answer: CalendarRecord, outcome: CommitOutcome)? in
            let settings = try settings(from: OwnerRule.keeping(change, present, access), over: present)
            try OwnerRule.check(settings, present, access)
            guard let zone = try? services.zones.zone(settings.timezone) else {
                // A name that left the installed database.
                let error = FieldError(
                    pointer: "/timezone", code: "invalid_timezone", message: ObjectReader.zoneRule
                )
                throw .invalid(ValidationError(errors: [error]))
            }
            var next = present
            next.settings = settings
            // If nothing changes, there is no new version, no event and no row.
            if JSON.areEqual(next.json, present.json) { return nil }
            next.version += 1
            next.updatedAt = now
            var events = [event("calendar.updated", id, Self.updatePayload(present, next), now)]
            if !settings.schedulesLike(present.settings) {
                let payload = JSONWriter.object { $0.field("calendar_id", id.description) }
                events.append(event("availability.changed", id, payload, now))
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
        do throws(ValidationError) {
            switch change {
            case .businessHours(let hours):
                var settings = present.settings
                settings.businessHours = hours
                return settings
            case .replace(let json):
                let errors = FieldErrors()
                let reader = ObjectReader(json, errors: errors)
                if let reader { CalendarSettings.refuseNullSlug(reader) }
                let settings = reader.flatMap {
                    CalendarSettings.read($0, zones: services.zones, present: present.settings)
                }
                guard let settings else { throw ValidationError(errors: errors.all) }
                return settings
            case .merge(let patch): return try present.settings.patched(patch, zones: services.zones)
            }
        } catch {
            throw .invalid(error)
        }
    }

    /// The whole calendar, and both zones if the zone changed.
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
