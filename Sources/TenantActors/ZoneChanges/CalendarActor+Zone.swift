import JSON
import AlmanacRuntime
import Logging
import Scheduling

/// Updates a calendar after its zone's file has changed.
extension CalendarActor {
    /// Whether the zone database now has another file for the calendar's zone.
    func isZoneStale() -> Bool {
        !isRetired && !record.isDeleted
            && (try? services.zones.zone(state.rules.zone.id)).map { $0 != state.rules.zone } ?? false
    }

    /// Computes the rules again with the zone's current file, and writes one event for each changed file.
    ///
    /// Hours, opening rules and day limits are wall-clock times, so they move with the zone. Appointments are instants,
    /// so they stay. The calendar's clock stores the fingerprint of the file with which the hours were last computed.
    /// So no change is missed while a calendar is not in memory or no server runs, and none has two events.
    public func rereadZone() async throws(CommandError) {
        try await inTurn(id) { () async throws(CommandError) in
            guard !isRetired else { throw .retired }
            guard !record.isDeleted else { return }
            let known = try await knownClock()
            guard !isRetired else { throw .retired }
            let old = state.rules.zone
            guard let zone = try? services.zones.zone(record.settings.timezone) else { return }
            let told = known.fingerprint ?? old.fingerprint
            guard told != zone.fingerprint || old != zone else { return }
            let now = services.clock.now()
            let clock = known.corrected(at: now, in: old)
            var rules = state.rules
            rules.zone = zone
            let ended = clock.ended(at: now, in: old)
            var next = clock.advanced(past: ended, in: zone)
            next.fingerprint = zone.fingerprint
            let change = change(
                days(ended, now) + [DayWrites.clock(next, calendar: id, organization: organizationID)],
                events: [
                    event("calendar.updated", id, updated(zone, told), now),
                    event("availability.changed", id, changed(zone), now),
                ],
                action: "calendar.tzdata", target: id, CommandContext.system(organizationID), now: now
            )
            let outcome = await write([
                (Pending(decision: .reconfigure(rules), record: record, clock: next), change)
            ])
            guard case .committed = outcome else {
                _ = try await failure(outcome, CommandContext.system(organizationID))
                throw .contended
            }
            services.counts.zoneReread()
            services.logger.notice(
                "a calendar's hours are read in its changed time zone",
                metadata: [
                    "calendar": "\(id)", "timezone": "\(zone.id)", "previous": "\(told.fingerprintText)",
                    "present": "\(zone.fingerprint.fingerprintText)",
                ]
            )
        }
    }

    private func updated(_ zone: Zone, _ told: UInt64) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("calendar_id", id.description)
        writer.field("reason", "tzdata")
        writer.field("timezone", zone.id)
        writer.field("previous_fingerprint", told.fingerprintText)
        writer.field("fingerprint", zone.fingerprint.fingerprintText)
        writer.endObject()
        return writer.bytes
    }

    private func changed(_ zone: Zone) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("calendar_id", id.description)
        writer.field("source", "tzdata")
        writer.field("timezone", zone.id)
        writer.endObject()
        return writer.bytes
    }
}

extension UInt64 {
    /// Sixteen hexadecimal digits.
    var fingerprintText: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
