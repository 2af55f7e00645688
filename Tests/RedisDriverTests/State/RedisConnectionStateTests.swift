import TestSupport
@testable import RedisDriver
import Testing

@Suite struct RedisConnectionStateTests {
    private static let limits = RedisLimits(
        deadline: 100, dialTimeout: 50, heartbeat: 1_000, backoffInitial: 10, backoffLimit: 40)
    private var state = RedisConnectionState<Int>(Self.limits)
    private var random = SplitMix(seed: 1)

    /// What an action is called, so that it can be compared.
    private func name(_ action: RedisConnectionState<Int>.Action?) -> String? {
        switch action {
        case nil: nil
        case .dial: "dial"
        case .ping: "ping"
        case .hangUp(let reason): "hang up: \(reason)"
        }
    }

    private mutating func tick(_ now: UInt64) -> String? { name(state.tick(now)) }

    private mutating func answer(_ now: UInt64, isRefused: Bool = false) -> String {
        switch state.answered(now, isRefused: isRefused) {
        case .nobody: "nobody"
        case .own(let left): "own \(left.map(String.init) ?? "-")"
        case .job(let job, let isSecondTry): "job \(job)" + (isSecondTry ? " again" : "")
        }
    }

    private mutating func makeReady(at now: UInt64 = 0) {
        _ = state.tick(now)
        state.connected(steps: 1)
        _ = state.answered(now)
    }

    @Test mutating func itDialsGreetsAndIsReady() {
        #expect(tick(0) == "dial")
        #expect(tick(1) == nil)
        #expect(state.isDialing(1) && !state.isDialing(0))
        state.connected(steps: 2)
        #expect(!state.isDialing(1) && !state.isReady)
        #expect(answer(2) == "own 1")
        #expect(!state.isReady)
        #expect(answer(3) == "own 0")
        #expect(state.isReady)
        #expect(answer(4) == "nobody")
    }

    @Test(arguments: [false, true]) mutating func aGreetingThatTakesTooLongIsGivenUp(isConnected: Bool) {
        _ = tick(0)
        if isConnected { state.connected(steps: 1) }
        #expect(tick(49) == nil)
        #expect(tick(50) == "hang up: timeout")
    }

    @Test mutating func aRefusedGreetingIsNotReady() {
        _ = tick(0)
        state.connected(steps: 1)
        #expect(answer(1, isRefused: true) == "own 0")
        #expect(!state.isReady)
    }

    @Test mutating func whatWasDialedBeforeIsForNobody() {
        _ = tick(0)
        _ = state.lost(1, because: "x", using: &random)
        _ = tick(state.dueAt)
        #expect(state.isDialing(2) && !state.isDialing(1))
    }

    @Test mutating func answersGoToThoseWhoAskedInOrder() {
        makeReady()
        for job in 1...3 { #expect(state.take(job, deadline: 100) == true) }
        #expect((1...3).map { _ in answer(5) } == ["job 1", "job 2", "job 3"])
        #expect(answer(6) == "nobody")
    }

    @Test mutating func theOldestOverdueAnswerEndsTheConnection() {
        makeReady()
        _ = state.take(1, deadline: 100)
        _ = state.take(2, deadline: 120)
        #expect(tick(99) == nil)
        #expect(answer(99) == "job 1")
        #expect(tick(119) == nil)
        #expect(tick(120) == "hang up: no answer in time")
        #expect(state.lost(120, because: "x", using: &random) == [2])
        #expect(state.inFlight == 0)
    }

    @Test mutating func aSilentConnectionIsAskedWhetherItLives() {
        makeReady(at: 7)
        #expect(state.dueAt == 1_007)
        state.heard(500)
        #expect(tick(1_007) == nil)
        #expect(tick(1_500) == "ping")
        #expect(tick(1_599) == nil)
        #expect(answer(1_599) == "own -")
        #expect(tick(2_599) == "ping")
        #expect(tick(2_699) == "hang up: no answer in time")
    }

    @Test mutating func oneThatIsBusyIsNotPinged() {
        makeReady()
        _ = state.take(1, deadline: 5_000)
        #expect(tick(4_999) == nil)
    }

    @Test mutating func pausesGrowUntilAConnectionHasHeld() {
        var pauses: [UInt64] = []
        var now: UInt64 = 0
        for _ in 0..<6 {
            _ = tick(now)
            _ = state.lost(now, because: "x", using: &random)
            pauses.append(state.dueAt - now)
            now = state.dueAt
        }
        for (pause, ceiling) in zip(pauses, [10, 20, 40, 40, 40, 40] as [UInt64]) {
            #expect((ceiling / 2...ceiling).contains(pause))
        }
        makeReady(at: now)
        _ = state.lost(now + 39, because: "x", using: &random)
        #expect(state.dueAt - (now + 39) >= 20)
        makeReady(at: state.dueAt)
        now = state.dueAt + 1_000_000
        _ = state.lost(now, because: "x", using: &random)
        #expect(state.dueAt - now <= 10)
    }

    @Test mutating func whatWasLostIsRememberedUntilItIsReady() {
        _ = tick(0)
        _ = state.lost(1, because: "refused", using: &random)
        #expect(state.lastFailure == "refused")
        makeReady(at: state.dueAt)
        #expect(state.lastFailure == nil)
    }

    // MARK: - Setting back

    @Test mutating func whatIsSetBackLeavesAgainInOrderBeforeWhatCameMeanwhile() {
        makeReady()
        for job in 1...3 { _ = state.take(job, deadline: 100) }
        #expect(answer(1) == "job 1")
        state.setBack(1, deadline: 100)
        #expect(state.take(4, deadline: 100) == false)
        #expect(state.resume(steps: 1, 1).isEmpty)
        #expect(answer(2) == "job 2")
        // Another node may have brought the scripts back in between.
        #expect(answer(2) == "job 3")
        state.setBack(3, deadline: 100)
        #expect(state.resume(steps: 2, 3) == [1, 3, 4])
        #expect(state.take(5, deadline: 100) == true)
        #expect((1...6).map { _ in answer(4) } == ["own -", "own -", "job 1 again", "job 3 again", "job 4", "job 5"])
    }

    @Test mutating func whatIsSetBackStillHasItsDeadline() {
        makeReady()
        _ = state.take(1, deadline: 60)
        _ = state.take(2, deadline: 70)
        _ = answer(1)
        state.setBack(1, deadline: 60)
        #expect(tick(60) == "hang up: no answer in time")
        #expect(state.lost(60, because: "x", using: &random) == [1, 2])
    }

    @Test mutating func everyJobIsHandedBackOnceWhenItIsLost() {
        makeReady()
        for job in 1...3 { _ = state.take(job, deadline: 100) }
        _ = answer(1)
        state.setBack(1, deadline: 100)
        _ = state.take(4, deadline: 100)
        #expect(state.lost(2, because: "x", using: &random) == [1, 2, 3, 4])
        #expect(state.lost(3, because: "x", using: &random).isEmpty)
        makeReady(at: state.dueAt)
        #expect(state.resume(steps: 1, 1_000).isEmpty)
    }

    @Test mutating func closedItStaysClosed() {
        makeReady()
        _ = state.take(1, deadline: 100)
        #expect(state.close() == [1])
        #expect(state.dueAt == .max)
        #expect(tick(.max) == nil)
        #expect(state.lost(5, because: "x", using: &random).isEmpty)
        #expect(tick(.max) == nil)
    }
}
