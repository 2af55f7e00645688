import TestSupport
@testable import PostgresDriver
import Testing

@Suite struct ConnectionStateTests {
    private static let limits = PoolLimits(
        dialTimeout: 100, patience: 50, heartbeat: 1_000, backoffInitial: 10, backoffLimit: 40
    )
    private var state = ConnectionState<Int>(Self.limits)
    private var random = SplitMix(seed: 7)

    private mutating func tick(_ now: UInt64) -> [String] {
        state.tick(now, Self.limits, using: &random).map(Self.name)
    }

    private mutating func lose(_ now: UInt64) -> String {
        Self.name(state.lose(now, because: "gone", using: &random))
    }

    private mutating func makeReady(_ now: UInt64) {
        _ = tick(now)
        state.connected()
        state.configured(now)
    }

    private static func name(_ action: ConnectionState<Int>.Action) -> String {
        switch action {
        case .dial: "dial"
        case .probe: "probe"
        case .expire(let entry): "expire \(entry.payload)"
        case .hangUp(let lost): "hang up" + lost.map { " \($0.payload)" }.joined()
        }
    }

    private func entry(_ payload: Int, deadline: UInt64) -> UnitEntry<Int> {
        UnitEntry(id: UInt64(payload), payload: payload, access: .write, pin: nil, deadline: deadline)
    }

    @Test mutating func aNewConnectionIsDialedAtOnceAndOnce() {
        #expect(tick(0) == ["dial"])
        #expect(tick(1) == [])
        #expect(state.generation == 1)
    }

    @Test mutating func itIsReadyOnlyOnceItsSessionIsSetUp() {
        _ = tick(0)
        #expect(!state.isReady)
        state.connected()
        #expect(!state.isReady && !state.hasRoom(depth: 1))
        state.configured(5)
        #expect(state.isReady && state.hasRoom(depth: 1))
    }

    @Test mutating func dialingAndSettingUpShareOneTimeout() {
        _ = tick(0)
        #expect(state.dueAt(Self.limits) == 100)
        state.connected()
        #expect(state.dueAt(Self.limits) == 100)
        #expect(tick(99) == [])
        #expect(tick(100) == ["hang up"])
        #expect(state.lastFailure == "timeout")
    }

    @Test mutating func eventsOfAnotherPhaseChangeNothing() {
        state.connected()
        state.configured(1)
        #expect(state.phase == .resting(until: 0))
        _ = tick(0)
        state.configured(1)
        #expect(state.phase == .dialing(until: 100))
        #expect(state.answered(1) == nil)
    }

    @Test mutating func pausesBetweenDialsGrow() {
        for ceiling: UInt64 in [10, 20, 40, 40] {
            let now = state.dueAt(Self.limits)
            #expect(tick(now) == ["dial"])
            #expect(lose(now) == "hang up")
            #expect((now + ceiling / 2...now + ceiling).contains(state.dueAt(Self.limits)))
        }
    }

    @Test mutating func aConnectionThatLastedBeginsItsPausesAnew() {
        for _ in 0..<5 {
            let now = state.dueAt(Self.limits)
            _ = tick(now)
            _ = lose(now)
        }
        let now = state.dueAt(Self.limits)
        makeReady(now)
        #expect(state.lastFailure == nil)
        // Gone after a moment: the pause stays long.
        _ = lose(now + 39)
        #expect(state.dueAt(Self.limits) >= now + 39 + 20)
        let then = state.dueAt(Self.limits)
        makeReady(then)
        _ = lose(then + 40)
        #expect(state.dueAt(Self.limits) <= then + 40 + 10)
    }

    @Test mutating func unitsAreAnsweredInTheOrderOfSending() {
        makeReady(0)
        for payload in 1...3 { state.take(entry(payload, deadline: 500)) }
        #expect(state.inFlight == 3)
        #expect(!state.hasRoom(depth: 3) && state.hasRoom(depth: 4))
        #expect((1...3).map { _ in state.answered(1)?.payload } == [1, 2, 3])
        #expect(state.answered(1) == nil)
    }

    @Test mutating func aBlockedSocketTakesNoMore() {
        makeReady(0)
        state.isBlocked = true
        #expect(!state.hasRoom(depth: 4))
        state.isBlocked = false
        #expect(state.hasRoom(depth: 4))
    }

    @Test mutating func anOverdueUnitIsAnsweredAndItsConnectionTakesNoMoreUntilItCatchesUp() {
        makeReady(0)
        state.take(entry(1, deadline: 100))
        state.take(entry(2, deadline: 300))
        #expect(state.dueAt(Self.limits) == 100)
        #expect(tick(99) == [])
        #expect(tick(100) == ["expire 1"])
        #expect(tick(120) == [])
        #expect(!state.hasRoom(depth: 9))
        #expect(state.answered(130) == nil)
        #expect(state.hasRoom(depth: 9))
        #expect(state.answered(131)?.payload == 2)
    }

    @Test mutating func aConnectionThatOwesAnAnswerPastPatienceIsGivenUp() {
        makeReady(0)
        state.take(entry(1, deadline: 100))
        state.take(entry(2, deadline: 300))
        #expect(tick(100) == ["expire 1"])
        #expect(state.dueAt(Self.limits) == 150)
        #expect(tick(150) == ["hang up 2"])
        #expect(state.lastFailure == "no answer")
    }

    @Test mutating func twoUnitsThatAreOverdueTogetherAreBothAnswered() {
        makeReady(0)
        for payload in 1...2 { state.take(entry(payload, deadline: 100)) }
        #expect(tick(100) == ["expire 1", "expire 2"])
    }

    @Test mutating func aSilentConnectionIsProbedAndOneThatStaysSilentIsGivenUp() {
        makeReady(0)
        #expect(state.dueAt(Self.limits) == 1_000)
        #expect(tick(999) == [])
        #expect(tick(1_000) == ["probe"])
        #expect(!state.hasRoom(depth: 9))
        #expect(tick(1_999) == [])
        #expect(tick(2_000) == ["hang up"])
    }

    @Test mutating func anAnswerPutsTheProbeOff() {
        makeReady(0)
        state.take(entry(1, deadline: 5_000))
        #expect(tick(1_000) == [])
        _ = state.answered(1_500)
        #expect(tick(2_499) == [])
        #expect(tick(2_500) == ["probe"])
        #expect(state.answered(2_501) == nil)
        #expect(state.hasRoom(depth: 1))
    }

    @Test mutating func whatIsLostIsHandedBackInOrderWithoutTheOverdue() {
        makeReady(0)
        state.take(entry(1, deadline: 100))
        state.take(entry(2, deadline: 300))
        state.take(entry(3, deadline: 300))
        _ = tick(100)
        #expect(lose(120) == "hang up 2 3")
        #expect(state.inFlight == 0 && !state.isReady)
    }

    @Test mutating func whatWasNotSentCanBeTakenBack() {
        makeReady(0)
        for payload in 1...3 { state.take(entry(payload, deadline: 500)) }
        #expect(state.untake(2).map(\.payload) == [2, 3])
        #expect(state.inFlight == 1)
        #expect(state.untake(0).isEmpty)
        #expect(state.untake(9).map(\.payload) == [1])
    }

    @Test mutating func aClosedConnectionDoesNothingEver() {
        makeReady(0)
        state.take(entry(1, deadline: 100))
        #expect(Self.name(state.close()) == "hang up 1")
        #expect(state.dueAt(Self.limits) == .max)
        #expect(tick(.max) == [])
        #expect(!state.isReady)
    }
}
