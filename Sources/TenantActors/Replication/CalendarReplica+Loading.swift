import SQL
import AlmanacRuntime
import Scheduling

extension CalendarReplica {
    /// Makes the replica at least as new as the moment of the call.
    ///
    /// The store has each written change before its caller gets the answer. So asking the store is enough for a second.
    /// After that, the record must confirm it, because an owner that cannot reach the store continues to book. The
    /// record is also asked whenever the store does not answer, or has less than the replica.
    func freshen() async throws(CommandError) {
        try checkInForce()
        let asked = context.hot.monotonic()
        let known = seq
        let shared = await sharedSeq()
        absorb()
        if seq == known, shared == known { context.counts.memory() }
        if let shared, shared > seq {
            try await inTurn(key.calendar) { () async throws(CommandError) in try await load(atLeast: shared) }
        }
        let isVouched = shared.map { $0 >= known } ?? false
        let since = isVouched && asked > Self.trust ? asked - Self.trust : isVouched ? 0 : asked
        if let checkedAt, checkedAt > since { return }
        try await inTurn(key.calendar) { () async throws(CommandError) in
            try await check(since: since, isVouched: isVouched)
        }
    }

    /// The number in the store; nil if it has none or does not answer.
    private func sharedSeq() async -> Int64? {
        guard context.hot.store.isReachable else { return nil }
        return try? await context.hot.store.version(HotCalendar.key(key))?.seq
    }

    /// Asks the record, unless another call has done so meanwhile.
    private func check(since: UInt64, isVouched: Bool) async throws(CommandError) {
        if let checkedAt, checkedAt > since { return }
        let started = context.hot.monotonic()
        let known = seq
        do {
            guard let head = try await context.reads.head(of: key.calendar, key.organization) else {
                throw CommandError.notFound(what: "calendar", pointer: nil)
            }
            // Changes are written before they are shared. So a number that the record does not have was never valid.
            if head < known { try await startOver() }
            if head > seq { try await load(atLeast: head) }
            checkedAt = max(checkedAt ?? 0, started)
        } catch let error as CommandError {
            throw error
        } catch {
            if isVouched, let checkedAt, checkedAt &+ Self.lastTrust > started { return }
            throw Tenants.plain(error, pointer: nil)
        }
    }

    /// Loads the calendar as of this number or later: from the store if it has that, otherwise from the record. Call it
    /// only in the replica's turn.
    func load(atLeast wanted: Int64) async throws(CommandError) {
        if seq >= wanted { return }
        if let kept = await Self.shared(key, context), kept.seq >= wanted, try await isOnRecord(kept.seq) {
            context.counts.store()
            adopt(kept)
        }
        if seq >= wanted { return }
        let started = context.hot.monotonic()
        do {
            guard let loaded = try await context.reads.load(key.calendar, key.organization) else {
                throw CommandError.notFound(what: "calendar", pointer: nil)
            }
            context.counts.record()
            adopt(loaded)
            guard seq >= loaded.seq else {
                let zone = loaded.record.settings.timezone
                throw StoreError(.unavailable, "the time zone database lacks \(zone)")
            }
            checkedAt = max(checkedAt ?? 0, started)
            // The record decides: a number that it does not have will not come.
            self.wanted = seq
        } catch {
            throw Tenants.plain(error, pointer: nil)
        }
    }

    /// Whether the record has reached the store's number. A record that was restored to an earlier state has not. If
    /// the record cannot be asked, its last answer counts for two seconds.
    private func isOnRecord(_ seq: Int64) async throws(CommandError) -> Bool {
        let started = context.hot.monotonic()
        do {
            guard let head = try await context.reads.head(of: key.calendar, key.organization) else {
                throw CommandError.notFound(what: "calendar", pointer: nil)
            }
            return head >= seq
        } catch let error as CommandError {
            throw error
        } catch {
            if let checkedAt, checkedAt &+ Self.lastTrust > started { return true }
            throw Tenants.plain(error, pointer: nil)
        }
    }

    /// Loads the calendar from the record, because the replica is ahead of it. Call it only in the replica's turn.
    func startOver() async throws(CommandError) {
        isBeyond = false
        let started = context.hot.monotonic()
        let loaded: ReplicaReads.Loaded
        do {
            guard let found = try await context.reads.load(key.calendar, key.organization) else {
                throw CommandError.notFound(what: "calendar", pointer: nil)
            }
            loaded = found
        } catch {
            isBeyond = true
            throw Tenants.plain(error, pointer: nil)
        }
        context.counts.record()
        guard begin(anew: loaded) else {
            isBeyond = true
            let zone = loaded.record.settings.timezone
            throw .unavailable(StoreError(.unavailable, "the time zone database lacks \(zone)"))
        }
        checkedAt = started
    }

    /// The calendar in the store, if it can be read and belongs to the organization.
    private static func shared(_ key: CalendarKey, _ context: ReplicaContext) async -> ReplicaReads.Loaded? {
        guard context.hot.store.isReachable,
            let kept = try? await context.hot.store.read(HotCalendar.key(key)),
            let calendar = HotCalendar(kept), calendar.record.id == key.calendar,
            calendar.record.organizationID == key.organization
        else { return nil }
        return ReplicaReads.Loaded(
            record: calendar.record, entries: calendar.entries, seq: calendar.version.seq
        )
    }

    /// Loads a replica. It listens before it reads, so that it misses nothing in between.
    static func activate(
        _ key: CalendarKey, _ context: ReplicaContext, wake: @escaping @Sendable () -> Void
    ) async throws(CommandError) -> CalendarReplica {
        let inbox = ReplicaInbox(wake: wake)
        let line = context.hot.store.listen(HotCalendar.key(key)) { inbox.receive($0) }
        do {
            var checkedAt: UInt64?
            var loaded = await shared(key, context)
            if loaded == nil {
                let started = context.hot.monotonic()
                loaded = try await context.reads.load(key.calendar, key.organization)
                checkedAt = started
                context.counts.record()
            } else {
                context.counts.store()
            }
            guard let loaded else { throw CommandError.notFound(what: "calendar", pointer: nil) }
            guard let zone = try? context.services.zones.zone(loaded.record.settings.timezone) else {
                throw StoreError(.unavailable, "the time zone database lacks \(loaded.record.settings.timezone)")
            }
            return CalendarReplica(
                key, loaded, rules: loaded.record.rules(zone: zone), checkedAt: checkedAt, inbox: inbox,
                line: line, context: context
            )
        } catch {
            line.end()
            throw Tenants.plain(error, pointer: nil)
        }
    }
}
