import TestSupport
@testable import PostgresDriver
import Scheduling
import Testing

/// Nobody waits for a server that is away.
@Suite struct SilentServerTests {
    private static let limits = PoolLimits(
        writers: 1, readers: 1, hasListener: false, writerDepth: 2, readerDepth: 2, maxQueued: 8, dialTimeout: 100,
        patience: 5_000, heartbeat: 1_000_000, silence: 200, failsFast: true, backoffInitial: 10, backoffLimit: 40
    )
    private var pool = PoolState<Int>(Self.limits, random: SplitMix(seed: 3))

    private mutating func submit(
        _ payload: Int, _ access: PostgresUnit.Access, isVital: Bool = false, now: UInt64
    ) -> String {
        switch pool.submit(payload, access, deadline: now + 1_000, isVital: isVital, now: now) {
        case .accepted: "accepted"
        case .refused(let failure): "\(failure)"
        }
    }

    private func answers(_ actions: [PoolState<Int>.Action]) -> [String] {
        actions.compactMap {
            if case .answer(let payload, let failure, _) = $0 { "\(payload): \(failure)" } else { nil }
        }
    }

    private mutating func makeReady(_ now: UInt64 = 0) {
        _ = pool.tick(now)
        for slot in 0..<2 {
            pool.connected(slot)
            pool.configured(slot, now)
        }
    }

    @Test mutating func whenNothingIsHeardEverybodyIsToldAtOnce() {
        makeReady()
        for payload in 1...3 { _ = submit(payload, .write, now: 10) }
        _ = submit(4, .read, now: 10)
        _ = submit(9, .write, isVital: true, now: 20)
        #expect(pool.dispatch().count == 3)
        #expect(pool.tick(219).isEmpty)
        // Two were sent and may have been written; the third never was.
        #expect(
            answers(pool.tick(220)).sorted()
                == [
                    "1: overdue(PostgresDriver.PostgresUnit.Access.write)",
                    "2: overdue(PostgresDriver.PostgresUnit.Access.write)", "3: down",
                    "4: overdue(PostgresDriver.PostgresUnit.Access.read)",
                ]
        )
        #expect(pool.isSilent)
        #expect(submit(5, .read, now: 230) == "down")
        #expect(submit(6, .write, now: 230) == "down")
        #expect(submit(10, .write, isVital: true, now: 230) == "accepted")
        // The server goes on: what it owes is for nobody, and tells that it is back.
        #expect(pool.answered(0, 300) == nil)
        #expect(!pool.isSilent)
        #expect(submit(7, .read, now: 310) == "accepted")
    }

    @Test mutating func whoIsBusyIsNotSilent() {
        makeReady()
        _ = submit(1, .write, now: 10)
        _ = submit(2, .read, now: 10)
        _ = submit(9, .write, isVital: true, now: 20)
        _ = pool.dispatch()
        // A read is answered while the writes wait.
        #expect(pool.answered(1, 150) == 2)
        #expect(answers(pool.tick(400)).isEmpty)
        #expect(!pool.isSilent)
    }

    @Test mutating func withoutAVitalUnitAStatementMayTakeItsTime() {
        makeReady()
        _ = submit(1, .read, now: 10)
        _ = pool.dispatch()
        #expect(answers(pool.tick(900)).isEmpty)
        #expect(!pool.isSilent)
    }

    @Test mutating func whereNoConnectionCanBeMadeUnitsAreRefused() {
        makeReady()
        var answered: [String] = []
        for slot in 0..<2 { answered += answers(pool.lost(slot, because: "gone", 10)) }
        // It may be back at once: the first attempt is waited for.
        #expect(submit(1, .write, now: 11) == "accepted")
        #expect(submit(2, .read, now: 11) == "accepted")
        #expect(answered.isEmpty)
        _ = pool.tick(60)
        answered += answers(pool.lost(0, because: "refused", 61))
        let refused = PoolFailure.unreachable(because: "refused")
        #expect(answered == ["1: \(refused)"])
        answered += answers(pool.lost(1, because: "refused", 62))
        #expect(answered == ["1: \(refused)", "2: \(refused)"])
        #expect(submit(3, .write, now: 70) == "\(refused)")
        #expect(submit(4, .read, now: 70) == "\(refused)")
        #expect(submit(5, .write, isVital: true, now: 70) == "accepted")
        makeReady(200)
        #expect(submit(6, .write, now: 201) == "accepted")
        #expect(submit(7, .read, now: 201) == "accepted")
    }
}
