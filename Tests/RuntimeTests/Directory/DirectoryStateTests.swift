import Testing

@testable import AlmanacRuntime

/// Transitions of the pure machine: keys and residents are strings, waiters numbers.
@Suite struct DirectoryStateTests {
    private typealias State = DirectoryState<String, String, Int>

    /// A machine in which `keys` are active and idle, used in that order at times 1, 2, ….
    private func state(limit: Int = 2, idle keys: String...) -> State {
        var state = State(limit: limit)
        for (time, key) in keys.enumerated() {
            let call = state.activate(key)
            #expect(state.leave(call.slot, now: UInt64(time + 1)) == nil)
        }
        return state
    }

    @Test func aColdKeyIsActivatedAndThenWarm() {
        var state = State(limit: 1)
        let call = state.activate("a")
        #expect(state.enter("a").call?.resident == "A")
        #expect(state.callsInFlight("a") == 2)
        #expect(state.leave(call.slot, now: 0) == nil)
        #expect(state.leave(call.slot, now: 0) == nil)
        #expect(state.callsInFlight("a") == 0)
    }

    @Test func callersOfAKeyOnItsWayInAreCountedInWhenItIsIn() {
        var state = State(limit: 1)
        let slot = state.enter("a").activating!
        #expect(state.enter("a").isWait)
        #expect(state.wait("a", 1) && state.wait("a", 2))
        #expect(state.activated(slot, "A").resumption.waiters == [1, 2])
        #expect(state.callsInFlight("a") == 3)
    }

    @Test func aWaiterThatComesTooLateLooksAgain() {
        var state = state(idle: "a")
        #expect(state.wait("a", 1) == false)
        #expect(state.wait("cold", 1) == false)
    }

    @Test func aFailedActivationFailsItsWaitersAndLeavesTheKeyCold() {
        var state = State(limit: 1)
        let slot = state.enter("a").activating!
        _ = state.wait("a", 1)
        let resumptions = state.activationFailed(slot, Broken(attempt: 1), leaderCancelled: false)
        #expect(resumptions.failed == [1])
        #expect(state.places == 0)
        #expect(state.enter("a").activating != nil)
    }

    @Test func aCancelledLeaderFailsAlone() {
        var state = State(limit: 1)
        let slot = state.enter("a").activating!
        _ = state.wait("a", 1)
        let resumptions = state.activationFailed(slot, CancellationError(), leaderCancelled: true)
        #expect(resumptions.lookingAgain == [1])
    }

    @Test func whenFullTheLeastRecentlyUsedMakesRoom() {
        var state = state(idle: "a", "b")
        let used = state.enter("a").call!
        _ = state.leave(used.slot, now: 9)
        let (victim, heir) = state.enter("c").room!
        #expect(victim.key == "b" && victim.resident == "B")
        #expect(state.places == 2)
        #expect(state.enter("c").isWait, "one claim for all callers of a key")
        #expect(state.enter("b").isWait && state.wait("b", 7))
        let passivated = state.passivated(victim.slot)
        #expect(passivated.heirMayActivate && passivated.resumptions.lookingAgain == [7])
        #expect(state.places == 2)
        #expect(state.activated(heir, "C").call.resident == "C")
    }

    @Test func whenAllAreBusyItIsOverloaded() {
        var state = State(limit: 1)
        _ = state.activate("a")
        #expect(state.enter("b").refusal == .overloaded)
        #expect(state.enter("a").call != nil)
    }

    @Test func onlyTheIdleForLongEnoughAreSweptOldestFirst() {
        var state = state(limit: 3, idle: "a", "b", "c")
        let busy = state.enter("a").call!
        #expect(state.passivateIdle(notAfter: 2)?.key == "b")
        #expect(state.passivateIdle(notAfter: 2) == nil)
        _ = state.leave(busy.slot, now: 4)
        #expect(state.passivateIdle(notAfter: 4)?.key == "c")
        #expect(state.passivateIdle(notAfter: 4)?.key == "a")
    }

    @Test func aVisitKeepsTheResidentInButDoesNotMakeItRecent() {
        var state = state(idle: "a", "b")
        let visit = state.visit("a")!
        #expect(state.passivateIdle(notAfter: .max)?.key == "b", "the visited one is stepped over")
        #expect(state.leave(visit.slot, now: 99) == nil)
        #expect(state.passivateIdle(notAfter: 1)?.key == "a")
        #expect(state.visit("a") == nil && state.visit("cold") == nil)
    }

    @Test func anEvictedResidentFinishesItsCallsBeforeTheNextIsActivated() {
        var state = State(limit: 1)
        let call = state.activate("a")
        #expect(state.evict("a") == nil)
        #expect(state.evict("a") == nil)
        #expect(state.enter("a").isWait && state.wait("a", 1))
        let departure = state.leave(call.slot, now: 0)!
        #expect(state.enter("a").isWait && state.wait("a", 2))
        #expect(state.passivated(departure.slot).resumptions.lookingAgain == [1, 2])
        #expect(state.enter("a").activating != nil)
    }

    @Test func anEvictionDuringActivationServesOnlyThoseWhoCameBefore() {
        var state = State(limit: 1)
        let slot = state.enter("a").activating!
        _ = state.wait("a", 1)
        #expect(state.evict("a") == nil)
        _ = state.wait("a", 2)
        #expect(state.evict("a") == nil)
        _ = state.wait("a", 3)
        let activated = state.activated(slot, "A")
        #expect(activated.resumption.waiters == [1])
        #expect(state.enter("a").isWait)
        #expect(state.leave(slot, now: 0) == nil)
        let departure = state.leave(slot, now: 0)!
        #expect(state.passivated(departure.slot).resumptions.lookingAgain == [2, 3])
    }

    @Test func anIdleEvictedResidentDepartsAtOnce() {
        var state = state(idle: "a")
        #expect(state.evict("a")?.resident == "A")
        #expect(state.evict("a") == nil && state.evict("cold") == nil)
        #expect(state.passivateIdle(notAfter: .max) == nil)
    }

    @Test func aLeaseKeepsTheResidentInUntilItIsGivenBack() {
        var state = State(limit: 1)
        let call = state.activate("a")
        let epoch = state.pin(call.slot).epoch!
        #expect(state.callsInFlight("a") == 1)
        #expect(state.enter("b").refusal == .overloaded)
        let pinned = state.enter(pinned: call.slot, epoch: epoch)!
        #expect(state.leave(pinned.slot, now: 1) == nil)
        #expect(state.passivateIdle(notAfter: .max) == nil)
        state.unpin(call.slot, epoch: epoch, now: 2)
        #expect(state.passivateIdle(notAfter: 2)?.key == "a")
    }

    @Test func anEvictionRevokesLeases() {
        var state = State(limit: 1)
        let call = state.activate("a")
        let epoch = state.pin(call.slot).epoch!
        let departure = state.evict("a")!
        #expect(state.enter(pinned: call.slot, epoch: epoch) == nil)
        _ = state.passivated(departure.slot)
        let next = state.activate("a")
        #expect(next.slot == call.slot)
        state.unpin(call.slot, epoch: epoch, now: 0)
        #expect(state.enter(pinned: next.slot, epoch: epoch) == nil)
        #expect(state.callsInFlight("a") == 1)
        #expect(state.evict("a") == nil)
        #expect(state.pin(next.slot) == .retry)
    }

    @Test func aDrainLetsCallsEndAndActivatesNothingMore() {
        var state = state(limit: 4, idle: "idle")
        let busy = state.activate("busy")
        let pinned = state.activate("pinned")
        let epoch = state.pin(pinned.slot).epoch!
        let loading = state.enter("loading").activating!
        var departed: Set<String> = []
        while case .passivate(let departure) = state.drain() {
            departed.insert(departure.key)
            _ = state.passivated(departure.slot)
        }
        #expect(departed == ["idle", "pinned"])
        #expect(state.enter(pinned: pinned.slot, epoch: epoch) == nil)
        #expect(state.enter("cold").refusal == .draining)
        #expect(state.waitUntilDrained(5) == true)
        #expect(state.pin(state.enter("busy").call!.slot) == .refuse(.draining))
        #expect(state.leave(busy.slot, now: 0) == nil)
        _ = state.passivated(state.leave(busy.slot, now: 0)!.slot)
        _ = state.activated(loading, "L")
        let last = state.passivated(state.leave(loading, now: 0)!.slot)
        #expect(last.resumptions.lookingAgain == [5])
        #expect(state.drain().isDone)
        #expect(state.waitUntilDrained(6) == false)
    }

    @Test func aClaimIsRefusedWhenADrainBeganMeanwhile() {
        var state = state(limit: 1, idle: "a")
        let (victim, _) = state.enter("b").room!
        _ = state.wait("b", 1)
        _ = state.drain()
        let passivated = state.passivated(victim.slot)
        #expect(!passivated.heirMayActivate && passivated.resumptions.lookingAgain == [1])
        #expect(state.enter("b").refusal == .draining && state.drain().isDone)
    }
}

extension DirectoryState<String, String, Int> {
    fileprivate mutating func activate(_ key: String) -> Call {
        activated(enter(key).activating!, key.uppercased()).call
    }

    fileprivate func callsInFlight(_ key: String) -> Int? { residents.first { $0.key == key }?.callsInFlight }
}

extension DirectoryEntrance {
    fileprivate var call: DirectoryCall<Resident>? { if case .run(let call) = self { call } else { nil } }
    fileprivate var activating: Int? { if case .activate(let slot) = self { slot } else { nil } }
    fileprivate var isWait: Bool { if case .wait = self { true } else { false } }
    fileprivate var refusal: DirectoryError.Code? { if case .refuse(let code) = self { code } else { nil } }
    fileprivate var room: (DirectoryDeparture<Key, Resident>, Int)? {
        if case .makeRoom(let victim, let heir) = self { (victim, heir) } else { nil }
    }
}

extension DirectoryPinning {
    fileprivate var epoch: UInt64? { if case .pinned(let epoch) = self { epoch } else { nil } }
}

extension DirectoryDraining {
    fileprivate var isDone: Bool { if case .done = self { true } else { false } }
}

extension [DirectoryResumption<String, Int>] {
    fileprivate var failed: [Int] {
        flatMap { if case .fail = $0.wake { $0.waiters } else { [Int]() } }
    }
    fileprivate var lookingAgain: [Int] {
        flatMap { if case .lookAgain = $0.wake { $0.waiters } else { [Int]() } }
    }
}

extension DirectoryDeparture: Equatable where Key: Equatable, Resident: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        (left.slot, left.key, left.resident) == (right.slot, right.key, right.resident)
    }
}
