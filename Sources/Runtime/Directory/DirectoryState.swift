/// The pure state of a directory: which keys are in, in which phase, with how many calls in flight. It has no async, no
/// clock and no closures: `Directory` runs it under one mutex and carries out its answers. The warm path is inlinable:
/// a warm call takes 0.1 µs specialised, and 2 µs otherwise.
///
///                      enter (room)
///          ┌────────────────────────────────┐
///          │   enter (full)                 ▼   activated
///       (cold) ────────────▶ claiming ──▶ activating ─────────▶ active ◀─┐ enter, leave
///          ▲      the victim was           │    │  activated,   │  │  └──┘
///          │      passivated               │    │  evicted      │  │ evict with
///          │                               │    │  meanwhile    │  │ calls in flight
///          │◀──────────────────────────────┘    └──────────┐    │  │
///          │       activationFailed                        ▼    │  ▼
///          │                                              retiring │
///          │   passivated                       last leave │       │ at zero calls: victim, idle,
///          └───────────────── passivating ◀────────────────┴───────┘ evict, drain
///
/// - claiming: wants to activate, and inherits the place of the victim its leader is passivating.
/// - activating: one caller loads the resident; all others wait.
/// - active: serves calls. With no call and no pin it is idle, and in the recency list.
/// - retiring: evicted, still serving calls in flight. New callers wait. Its last caller passivates it.
/// - passivating: no call in flight. New callers wait, and then look again.
///
/// Places (active, activating, retiring, passivating) never exceed `limit`. A claim holds no place yet;
/// it is paired with one passivating victim, so there are at most `limit` claims too.
@usableFromInline
struct DirectoryState<Key: Hashable & Sendable, Resident: Sendable, Waiter: Sendable>: Sendable {
    @usableFromInline typealias Call = DirectoryCall<Resident>
    @usableFromInline typealias Departure = DirectoryDeparture<Key, Resident>
    typealias Resumption = DirectoryResumption<Resident, Waiter>

    @usableFromInline
    enum Phase: Sendable {
        /// No key: the slot waits in `vacant` to be used again.
        case vacant
        case claiming
        /// `cut`: how many of the waiters came before an eviction; nil when none came meanwhile.
        case activating(cut: Int?)
        case active(Resident)
        case retiring(Resident)
        case passivating(heir: Int?)
    }

    @usableFromInline
    struct Entry: Sendable {
        @usableFromInline let key: Key
        @usableFromInline var phase: Phase
        /// Bodies that run now.
        @usableFromInline var calls = 0
        /// Pins held. They keep an active resident in; eviction and drain override them.
        @usableFromInline var pins = 0
        /// A pin is good for one epoch; revoking gives the entry a new one.
        @usableFromInline var epoch: UInt64
        @usableFromInline var waiters: [Waiter] = []
    }

    let limit: Int
    @usableFromInline var isDraining = false
    @usableFromInline var index: [Key: Int] = [:]
    @usableFromInline var entries: [Entry] = []
    private var vacant: [Int] = []
    @usableFromInline var idle = RecencyList()
    private var claims = 0
    private var lastEpoch: UInt64 = 0
    private var drainers: [Waiter] = []

    init(limit: Int) {
        precondition(limit > 0, "a directory needs room for one resident")
        self.limit = limit
    }

    /// Residents in, on their way in, or on their way out.
    var places: Int { index.count - claims }

    // MARK: - Calls

    /// A caller wants the resident of `key`.
    @inlinable
    mutating func enter(_ key: Key) -> DirectoryEntrance<Key, Resident> {
        if let slot = index[key] {
            switch entries[slot].phase {
            case .active(let resident):
                idle.remove(slot)
                entries[slot].calls += 1
                return .run(Call(slot: slot, resident: resident))
            case .claiming, .activating, .retiring, .passivating:
                return .wait
            case .vacant:
                preconditionFailure("a key in the index has an entry")
            }
        }
        return enterCold(key)
    }

    @usableFromInline
    mutating func enterCold(_ key: Key) -> DirectoryEntrance<Key, Resident> {
        if isDraining { return .refuse(.draining) }
        if places < limit { return .activate(slot: insert(key, .activating(cut: nil))) }
        guard let victim = firstIdle(notAfter: .max) else { return .refuse(.overloaded) }
        let heir = insert(key, .claiming)
        claims += 1
        return .makeRoom(depart(victim, heir: heir), heir: heir)
    }

    /// Parks a caller that was told to wait. False if there is nothing to wait for any more: it looks again.
    mutating func wait(_ key: Key, _ waiter: Waiter) -> Bool {
        guard let slot = index[key] else { return false }
        switch entries[slot].phase {
        case .active, .vacant:
            return false
        case .claiming, .activating, .retiring, .passivating:
            entries[slot].waiters.append(waiter)
            return true
        }
    }

    /// A visitor wants the resident of `key` only if it is active, and leaves its recency alone.
    mutating func visit(_ key: Key) -> Call? {
        guard let slot = index[key], case .active(let resident) = entries[slot].phase else { return nil }
        entries[slot].calls += 1
        return Call(slot: slot, resident: resident)
    }

    /// A call ended. The last caller of a leaving resident passivates it.
    @inlinable
    mutating func leave(_ slot: Int, now: UInt64) -> Departure? {
        entries[slot].calls -= 1
        guard entries[slot].calls == 0 else { return nil }
        switch entries[slot].phase {
        case .active:
            if isDraining { return depart(slot, heir: nil) }
            if entries[slot].pins == 0, !idle.contains(slot) { idle.append(slot, at: now) }
            return nil
        case .retiring:
            return depart(slot, heir: nil)
        case .vacant, .claiming, .activating, .passivating:
            preconditionFailure("a call cannot be in flight on its way in or out")
        }
    }

    // MARK: - Activation

    /// The leader's activation worked. The leader and its waiting callers are counted at once, so nothing slips in
    /// between. Callers who came after an eviction wait for the next activation.
    mutating func activated(_ slot: Int, _ resident: Resident) -> DirectoryActivated<Resident, Waiter> {
        let (served, late) = splitWaiters(slot)
        switch entries[slot].phase {
        case .activating(cut: nil): entries[slot].phase = .active(resident)
        case .activating(cut: .some): entries[slot].phase = .retiring(resident)
        case .vacant, .claiming, .active, .retiring, .passivating:
            preconditionFailure("activated without activating")
        }
        entries[slot].calls = 1 + served.count
        entries[slot].waiters = late
        let call = Call(slot: slot, resident: resident)
        return DirectoryActivated(call: call, resumption: Resumption(waiters: served, wake: .run(call)))
    }

    /// The leader's activation failed. All callers who waited get the error, and the key is cold again. If the leader
    /// itself was cancelled, only it fails, and the others look again.
    mutating func activationFailed(
        _ slot: Int, _ error: any Error, leaderCancelled: Bool
    ) -> [Resumption] {
        let (served, late) = splitWaiters(slot)
        return [
            Resumption(waiters: served, wake: leaderCancelled ? .lookAgain : .fail(error)),
            Resumption(waiters: late, wake: .lookAgain),
            remove(slot),
        ]
    }

    // MARK: - Passivation

    /// A passivation ended: the place is free, or goes to the heir.
    mutating func passivated(_ slot: Int) -> DirectoryPassivated<Resident, Waiter> {
        guard case .passivating(let heir) = entries[slot].phase else {
            preconditionFailure("passivated without passivating")
        }
        var resumptions = [Resumption(waiters: entries[slot].waiters, wake: .lookAgain)]
        if let heir { claims -= 1; entries[heir].phase = .activating(cut: nil) }
        let heirMayActivate = heir != nil && !isDraining
        if let heir, isDraining {
            resumptions.append(Resumption(waiters: entries[heir].waiters, wake: .lookAgain))
            resumptions.append(remove(heir))
        }
        resumptions.append(remove(slot))
        return DirectoryPassivated(heirMayActivate: heirMayActivate, resumptions: resumptions)
    }

    /// The sweeper wants the resident that has been idle longest, if it was last used at `cutoff` or before.
    mutating func passivateIdle(notAfter cutoff: UInt64) -> Departure? {
        firstIdle(notAfter: cutoff).map { depart($0, heir: nil) }
    }

    /// The resident of `key` must serve no new call. Its pins are revoked.
    mutating func evict(_ key: Key) -> Departure? {
        guard let slot = index[key] else { return nil }
        switch entries[slot].phase {
        case .active(let resident):
            revokeLeases(slot)
            if entries[slot].calls == 0 { return depart(slot, heir: nil) }
            idle.remove(slot)
            entries[slot].phase = .retiring(resident)
            return nil
        case .activating(cut: nil):
            entries[slot].phase = .activating(cut: entries[slot].waiters.count)
            return nil
        case .activating(cut: .some), .vacant, .claiming, .retiring, .passivating:
            return nil
        }
    }

    /// Shutdown: the first call refuses all activations and pins from now on and revokes the pins.
    mutating func drain() -> DirectoryDraining<Key, Resident> {
        if !isDraining {
            isDraining = true
            for slot in entries.indices {
                guard case .active = entries[slot].phase, entries[slot].pins > 0 else { continue }
                revokeLeases(slot)
                if entries[slot].calls == 0 { idle.append(slot, at: 0) }
            }
        }
        if let slot = firstIdle(notAfter: .max) { return .passivate(depart(slot, heir: nil)) }
        return index.isEmpty ? .done : .wait
    }

    /// Parks a drain that was told to wait. False if everything is out already.
    mutating func waitUntilDrained(_ waiter: Waiter) -> Bool {
        guard !index.isEmpty else { return false }
        drainers.append(waiter)
        return true
    }

    // MARK: - Pins

    /// A caller turns its call in flight into a pin.
    mutating func pin(_ slot: Int) -> DirectoryPinning {
        if isDraining { return .refuse(.draining) }
        switch entries[slot].phase {
        case .active:
            entries[slot].calls -= 1
            entries[slot].pins += 1
            return .pinned(epoch: entries[slot].epoch)
        case .retiring:
            return .retry
        case .vacant, .claiming, .activating, .passivating:
            preconditionFailure("a call cannot be in flight on its way in or out")
        }
    }

    /// The holder of a pin wants to run a call. Nil if the pin was revoked.
    mutating func enter(pinned slot: Int, epoch: UInt64) -> Call? {
        guard entries[slot].epoch == epoch, case .active(let resident) = entries[slot].phase else { return nil }
        entries[slot].calls += 1
        return Call(slot: slot, resident: resident)
    }

    /// A pin ended. A revoked pin no longer counts.
    mutating func unpin(_ slot: Int, epoch: UInt64, now: UInt64) {
        guard entries[slot].epoch == epoch else { return }
        entries[slot].pins -= 1
        if entries[slot].pins == 0, entries[slot].calls == 0 { idle.append(slot, at: now) }
    }

    // MARK: - Looking in

    /// Every resident that serves calls, with its calls and pins, in the order of slots.
    var residents: [(key: Key, callsInFlight: Int)] {
        entries.compactMap { entry in
            switch entry.phase {
            case .active, .retiring: return (entry.key, entry.calls + entry.pins)
            case .vacant, .claiming, .activating, .passivating: return nil
            }
        }
    }

    // MARK: - Steps

    private mutating func insert(_ key: Key, _ phase: Phase) -> Int {
        lastEpoch += 1
        let entry = Entry(key: key, phase: phase, epoch: lastEpoch)
        let slot = vacant.popLast() ?? entries.count
        if slot == entries.count { entries.append(entry) } else { entries[slot] = entry }
        index[key] = slot
        return slot
    }

    /// Removes a key. Its waiters were answered; drains that wait for the last key are answered here.
    private mutating func remove(_ slot: Int) -> Resumption {
        index[entries[slot].key] = nil
        lastEpoch += 1
        entries[slot].phase = .vacant
        entries[slot].epoch = lastEpoch
        entries[slot].waiters = []
        vacant.append(slot)
        guard index.isEmpty else { return Resumption(waiters: [], wake: .lookAgain) }
        defer { drainers = [] }
        return Resumption(waiters: drainers, wake: .lookAgain)
    }

    @usableFromInline
    mutating func depart(_ slot: Int, heir: Int?) -> Departure {
        let key = entries[slot].key
        switch entries[slot].phase {
        case .active(let resident), .retiring(let resident):
            precondition(entries[slot].calls == 0, "passivation only at zero calls in flight")
            idle.remove(slot)
            entries[slot].phase = .passivating(heir: heir)
            return Departure(slot: slot, key: key, resident: resident)
        case .vacant, .claiming, .activating, .passivating:
            preconditionFailure("only a resident can depart")
        }
    }

    /// The oldest idle slot. Skips visited slots, which stay linked: one per running visit.
    private func firstIdle(notAfter cutoff: UInt64) -> Int? {
        var candidate = idle.first
        while let slot = candidate, idle.stamp(of: slot) <= cutoff {
            if entries[slot].calls == 0 { return slot }
            candidate = idle.next(after: slot)
        }
        return nil
    }

    private mutating func splitWaiters(_ slot: Int) -> (served: [Waiter], late: [Waiter]) {
        guard case .activating(let cut) = entries[slot].phase else {
            preconditionFailure("an activation ended that never began")
        }
        let waiters = entries[slot].waiters
        let count = cut ?? waiters.count
        return (Array(waiters.prefix(count)), Array(waiters.dropFirst(count)))
    }

    private mutating func revokeLeases(_ slot: Int) {
        lastEpoch += 1
        entries[slot].epoch = lastEpoch
        entries[slot].pins = 0
    }
}
