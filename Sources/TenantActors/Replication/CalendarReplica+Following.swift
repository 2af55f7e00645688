import AlmanacRuntime
import Scheduling

extension CalendarReplica {
    /// Applies a message about a write, if it builds on the present state.
    func follow(_ message: [UInt8], to last: Int64) {
        guard last > seq else { return }
        wanted = max(wanted, last)
        guard let message = HotChanges(message), message.base <= seq else { return }
        for step in message.steps where step.seq > seq { guard apply(step) else { return } }
    }

    private func apply(_ step: HotStep) -> Bool {
        var rules: SchedulingRules?
        if let record = step.record {
            guard let made = self.rules(of: record) else { return false }
            rules = made
            live.record = record
        }
        let wasTold = told == seq
        live.state.follow(setting: step.set, removing: step.removed, rules: rules, seq: step.seq)
        wanted = max(wanted, seq)
        if live.record.isDeleted {
            endFeed()
        } else if wasTold {
            // Publishes each event separately and under its own number, as the owner does.
            live.publish(step.happening, isLate: false, now: context.services.clock.now())
            told = seq
        }
        return true
    }

    /// Replaces the present state by a loaded one, unless the present state is newer.
    func adopt(_ loaded: ReplicaReads.Loaded) {
        guard loaded.seq > seq, loaded.record.id == key.calendar, let rules = rules(of: loaded.record) else { return }
        let isSame =
            loaded.record.version == live.record.version
            && loaded.record.openingRulesVersion == live.record.openingRulesVersion
        let now = context.services.clock.now()
        live.record = loaded.record
        live.state.follow(
            all: CalendarActor.remembered(loaded.entries, now: now), rules: isSame ? nil : rules, seq: loaded.seq
        )
        wanted = max(wanted, seq)
        if live.record.isDeleted { endFeed() }
    }

    /// Replaces the present state by that of the record, even if that is older. Watchers subscribe again. Returns false
    /// if the state cannot be used.
    func begin(anew loaded: ReplicaReads.Loaded) -> Bool {
        guard let rules = rules(of: loaded.record) else { return false }
        live.record = loaded.record
        let entries = CalendarActor.remembered(loaded.entries, now: context.services.clock.now())
        live.state.begin(anew: entries, rules: rules, seq: loaded.seq)
        wanted = seq
        endFeed()
        return true
    }

    private func rules(of record: CalendarRecord) -> SchedulingRules? {
        guard let zone = try? context.services.zones.zone(record.settings.timezone) else { return nil }
        return record.rules(zone: zone)
    }

    /// Computes the rules again if the zone database now has another file for the zone. The owner's event about that
    /// may come before or after, because each node uses its own files.
    func rereadZone() {
        let zone = live.state.rules.zone
        guard !live.record.isDeleted, let present = try? context.services.zones.zone(zone.id), present != zone else {
            return
        }
        var rules = live.state.rules
        rules.zone = present
        live.state.follow(setting: [], removing: [], rules: rules, seq: seq)
        if told == seq { live.publish(nil, isLate: true, now: context.services.clock.now()) }
    }

    private func endFeed() {
        live.feed.end()
        told = seq
    }

    /// Sends the watchers everything that they have missed. Call it only in the replica's turn.
    ///
    /// Changes of slots are the difference of two states. Changes of appointments are read from the record.
    func tellMissed() async throws(CommandError) {
        guard told < seq else { return }
        guard isWatched else {
            told = seq
            return
        }
        var missed: [(seq: Int64, happening: Feed.Happening)] = []
        var read = told
        // The replica may apply more changes while it reads the record.
        while read < seq {
            let through = seq
            let more: [(seq: Int64, happening: Feed.Happening)]?
            do {
                more = try await context.reads.happenings(
                    of: key.calendar, key.organization, after: read, through: through, limit: Self.maxMissed
                )
            } catch {
                throw .unavailable(error)
            }
            guard told < seq else { return }
            guard let more, missed.count + more.count <= Self.maxMissed else { return endFeed() }
            missed += more
            read = through
        }
        live.catchUp(missed, now: context.services.clock.now())
        told = seq
    }

    /// Brings the replica up to date: loads missing changes, and sends them to the watchers.
    func catchUp() async throws(CommandError) {
        try await inTurn(key.calendar) { () async throws(CommandError) in
            absorb()
            if isBeyond { try await startOver() }
            if isToLook {
                isToLook = false
                if let version = try? await context.hot.store.version(HotCalendar.key(key)) {
                    wanted = max(wanted, version.seq)
                }
                absorb()
            }
            if wanted > seq { try await load(atLeast: wanted) }
            try await tellMissed()
        }
    }
}
