import AlmanacRuntime
import Scheduling

extension CalendarActor {
    /// Loads the calendar from the hot store if the store agrees with the record; nil if anything is in doubt.
    ///
    /// The store returns only what an owner sealed for this calendar. It is enough to compare numbers: settings,
    /// opening rules and occupancy change only in a transaction that adds an event, and events are numbered without a
    /// gap. So this state is a function of the events up to a number, whichever owner wrote them. An owner shares a
    /// version only when it has applied every event up to it:
    ///
    /// - A commit with an unknown outcome is never applied. Its owner is retired and shares no more. If the commit was
    ///   written after all, the record's number is higher.
    /// - An owner of an earlier generation may have written changes before it was fenced, without sharing them. They
    ///   too make the record's number higher. After the generation was raised, it can write nothing more.
    /// - Activations in between raise the generation without an event. So the store's epoch may be any lower one. If it
    ///   is not lower, a later owner wrote it, and this activation is the one that is fenced.
    /// - An owner that finds its memory to be wrong deletes what it shared before it is replaced (``distrust()``).
    ///
    /// After the database was restored to an earlier state, its numbers may mean other events. Therefore the versions
    /// of settings and opening rules and the number of shares are compared too. Occupancy has no such version, so the
    /// operator must empty the hot store then.
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

    /// The entries that activation would also read from the record. Older ones stay in the store until everything is
    /// written again.
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
