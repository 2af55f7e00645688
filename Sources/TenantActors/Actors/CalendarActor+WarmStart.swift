import AlmanacRuntime
import Scheduling

extension CalendarActor {
    /// The calendar as the hot store has it, if that is how the record has it; nil if anything is in doubt.
    ///
    /// The store gives only what an owner sealed for this very calendar, and it is enough that the numbers are equal:
    /// settings, opening rules and occupancy change only in a transaction that adds an event, and
    /// events are numbered without a gap, so they are a function of the events up to a number, whichever owner wrote
    /// them. An owner shares a version only when it has applied every event up to it:
    ///
    /// - A commit whose outcome was not known was never applied, and its owner is retired and shares no more. If it was
    ///   written after all, the record's number is higher.
    /// - What an owner of an earlier generation wrote before it was fenced, and has not shared yet, makes the record's
    ///   number higher too. After the generation was raised it can write nothing more.
    /// - Activations in between raise the generation without an event. So the store's epoch may be any that is lower than
    ///   ours. One that is not is of somebody who came later: this activation is the one that is fenced.
    /// - An owner that finds its memory to be wrong takes what it shared away before it is replaced (``distrust()``).
    ///
    /// If the database was put back to an earlier state its numbers may mean other events, so versions of settings and
    /// opening rules and the number of shares are compared too. Occupancy has nothing to compare: the hot store has to be emptied
    /// then.
    static func warm(
        _ key: CalendarKey, _ head: Head, _ tenure: Tenure, _ services: TenantServices
    ) async -> CalendarActor? {
        guard let hot = services.hotState, hot.store.isReachable,
            let kept = try? await hot.store.read(HotCalendar.key(key)),
            kept.version.seq == head.seq, kept.version.epoch < head.generation,
            let calendar = HotCalendar(kept), calendar.record.id == key.calendar,
            calendar.record.organizationID == key.organization, calendar.record.edition == head.edition,
            let zone = try? services.zones.zone(calendar.record.settings.timezone)
        else { return nil }
        return CalendarActor(
            record: calendar.record, head: head, tenure: tenure, rules: calendar.record.rules(zone: zone),
            entries: remembered(calendar.entries, now: services.clock.now()), services: services,
            shared: kept.version
        )
    }

    /// What activation would read of these: what is long past stays in the store until all is written anew.
    static func remembered(_ entries: [Occupancy.Entry], now: Instant) -> [Occupancy.Entry] {
        let since = now.adding(days: -memoryDays)
        return entries.filter { $0.kind == .hold || $0.span.start > since }
    }
}

extension CalendarRecord {
    /// What a warm start compares with the record.
    var edition: Head.Edition {
        Head.Edition(settings: version, openingRules: openingRulesVersion, shares: shares.count)
    }
}
