import TestSupport
@testable import PostgresDriver
import Testing

@Suite struct PoolStateTests {
    private static let limits = PoolLimits(
        writers: 2, readers: 2, hasListener: true, writerDepth: 2, readerDepth: 3, maxQueued: 8, dialTimeout: 100,
        patience: 50, heartbeat: 10_000, backoffInitial: 10, backoffLimit: 40
    )
    private var pool = PoolState<Int>(Self.limits, random: SplitMix(seed: 3))

    private mutating func submit(
        _ payload: Int, _ access: PostgresUnit.Access, writer: Int? = nil, deadline: UInt64 = 1_000, now: UInt64 = 0
    ) -> String {
        switch pool.submit(payload, access, writer: writer, deadline: deadline, now: now) {
        case .accepted: "accepted"
        case .refused(let failure): "\(failure)"
        }
    }

    /// What the pool wants done, but for dialing.
    private func names(_ actions: [PoolState<Int>.Action]) -> [String] {
        actions.compactMap { action in
            switch action {
            case .dial: nil
            case .probe(let slot): "probe \(slot)"
            case .hangUp(let slot): "hang up \(slot)"
            case .answer(let payload, let failure, let because):
                "\(payload): \(failure)" + (because.map { " \($0)" } ?? "")
            case .finish: "finish"
            }
        }
    }

    private mutating func dispatch() -> [String] { pool.dispatch().map { "\($0.payload)→\($0.slot)" } }

    private mutating func makeReady(_ slots: Range<Int> = 0..<5, _ now: UInt64 = 0) {
        _ = pool.tick(now)
        for slot in slots {
            pool.connected(slot)
            pool.configured(slot, now)
        }
    }

    // MARK: - Taking units on

    @Test mutating func everyConnectionIsDialedOnce() {
        var slots: [Int] = []
        for action in pool.tick(0) {
            if case .dial(let slot, let generation) = action {
                slots.append(slot)
                #expect(generation == 1)
                #expect(pool.isDialing(slot, generation: 1) && !pool.isDialing(slot, generation: 2))
            }
        }
        #expect(slots == [0, 1, 2, 3, 4])
        #expect(pool.tick(1).isEmpty)
        #expect(pool.listener == 4)
    }

    @Test mutating func whatComesBeforeAConnectionIsReadyWaits() {
        #expect(submit(1, .write) == "accepted")
        #expect(dispatch() == [])
        makeReady()
        #expect(dispatch() == ["1→0"])
    }

    @Test mutating func readsAndWritesGoToTheirOwnConnections() {
        makeReady()
        for payload in 1...2 { _ = submit(payload, .write) }
        for payload in 3...4 { _ = submit(payload, .read) }
        #expect(dispatch() == ["1→0", "2→1", "3→2", "4→3"])
    }

    @Test mutating func theConnectionWithTheLeastToDoIsNext() {
        makeReady()
        for payload in 1...6 { _ = submit(payload, .read) }
        #expect(dispatch() == ["1→2", "2→3", "3→2", "4→3", "5→2", "6→3"])
        for _ in 0..<2 { _ = pool.answered(3, 1) }
        for payload in 7...8 { _ = submit(payload, .read) }
        #expect(dispatch() == ["7→3", "8→3"])
    }

    @Test mutating func noConnectionGetsMoreThanItsDepth() {
        makeReady()
        for payload in 1...6 { _ = submit(payload, .write) }
        #expect(dispatch().count == 4)
        #expect(pool.waiting(.write) == 2)
        #expect(pool.answered(0, 1) == 1)
        #expect(dispatch() == ["5→0"])
    }

    @Test mutating func aPinnedUnitKeepsToItsConnectionAndItsOrder() {
        makeReady()
        for payload in 1...4 { _ = submit(payload, .write, writer: 1) }
        _ = submit(5, .write, writer: 3)
        _ = submit(6, .write, writer: -2)
        #expect(dispatch() == ["6→0", "1→1", "2→1"])
        #expect(pool.answered(1, 1) == 1)
        #expect(dispatch() == ["3→1"])
        #expect(pool.waiting(.write) == 2)
    }

    @Test mutating func aPinnedUnitDoesNotHoldUpOthers() {
        makeReady()
        for payload in 1...3 { _ = submit(payload, .write, writer: 0) }
        _ = submit(4, .write)
        #expect(dispatch() == ["1→0", "2→0", "4→1"])
    }

    @Test mutating func theQueueOfEachClassIsBounded() {
        for payload in 1...8 {
            #expect(submit(payload, .write, writer: payload % 3 == 0 ? nil : payload) == "accepted")
        }
        #expect(submit(9, .write) == "full")
        #expect(submit(10, .write, writer: 1) == "full")
        #expect(submit(11, .read) == "accepted")
    }

    @Test mutating func aUnitWhoseTimeHasPassedIsRefused() {
        #expect(submit(1, .read, deadline: 5, now: 5) == "late(isConnected: false)")
    }

    @Test mutating func aCancelledCallerIsRefused() {
        guard case .refused(.cancelled) = pool.submit(1, .read, deadline: 9, isCancelled: true, now: 0) else {
            Issue.record("a cancelled caller's unit was taken on")
            return
        }
    }

    @Test mutating func aUnitCanBeWithdrawnUntilItIsSent() {
        makeReady()
        guard case .accepted(let first, _) = pool.submit(1, .write, deadline: 9, now: 0),
            case .accepted(let second, _) = pool.submit(2, .write, writer: 1, deadline: 9, now: 0)
        else {
            Issue.record("not accepted")
            return
        }
        #expect(pool.withdraw(second) == 2)
        #expect(pool.withdraw(second) == nil)
        #expect(dispatch() == ["1→0"])
        #expect(pool.withdraw(first) == nil)
        #expect(pool.answered(0, 1) == 1)
        #expect(pool.withdraw(0) == nil)
    }

    // MARK: - Deadlines

    @Test mutating func aUnitThatWasNotSentInTimeNeverRan() {
        makeReady(0..<1)
        for payload in 1...3 { _ = submit(payload, .write, deadline: 90) }
        _ = submit(4, .read, deadline: 90)
        #expect(dispatch() == ["1→0", "2→0"])
        #expect(
            names(pool.tick(90)) == [
                "1: overdue(PostgresDriver.PostgresUnit.Access.write)",
                "2: overdue(PostgresDriver.PostgresUnit.Access.write)",
                "3: late(isConnected: true)", "4: late(isConnected: false)",
            ]
        )
        #expect(pool.tick(91).isEmpty)
    }

    @Test mutating func theReactorSleepsUntilSomethingIsDue() {
        makeReady()
        _ = pool.tick(1)
        #expect(pool.sleep(1) == 9_999)
        _ = pool.tick(2)
        guard case .accepted(_, let wake) = pool.submit(1, .read, deadline: 500, now: 2) else { return }
        #expect(!wake)
        // It has not seen the unit yet.
        #expect(pool.sleep(2) == 0)
        _ = pool.tick(3)
        #expect(pool.sleep(3) == 497)
    }

    @Test mutating func onlyTheFirstCallerWakesASleeper() {
        makeReady()
        _ = pool.tick(1)
        #expect(pool.sleep(1) > 0)
        var woken: [Bool] = []
        for payload in 1...3 {
            if case .accepted(_, let wake) = pool.submit(payload, .read, deadline: 500, now: 2) { woken.append(wake) }
        }
        #expect(woken == [true, false, false])
    }

    // MARK: - Loss

    @Test mutating func aLostWriteIsUnknownAndALostReadIsSentOnceMore() {
        makeReady()
        _ = submit(1, .write)
        _ = submit(2, .read)
        _ = submit(3, .read)
        _ = submit(4, .read)
        #expect(dispatch() == ["1→0", "2→2", "3→3", "4→2"])
        #expect(
            names(pool.lost(0, because: "57P01", 5)) == [
                "hang up 0", "1: lost(PostgresDriver.PostgresUnit.Access.write) 57P01",
            ]
        )
        #expect(names(pool.lost(2, because: "57P01", 5)) == ["hang up 2"])
        #expect(dispatch() == ["2→3", "4→3"])
        #expect(
            names(pool.lost(3, because: "again", 6)) == [
                "hang up 3", "2: lost(PostgresDriver.PostgresUnit.Access.read) again",
                "4: lost(PostgresDriver.PostgresUnit.Access.read) again",
            ]
        )
        // 3 was lost for the first time.
        #expect(pool.waiting(.read) == 1)
    }

    @Test mutating func aReadThatIsSentAgainComesBeforeThoseThatWait() {
        makeReady(0..<3)
        for payload in 1...5 { _ = submit(payload, .read) }
        #expect(dispatch() == ["1→2", "2→2", "3→2"])
        _ = pool.lost(2, because: "x", 1)
        makeReady(2..<3, 100)
        #expect(dispatch() == ["1→2", "2→2", "3→2"])
        for expected in 1...3 { #expect(pool.answered(2, 101) == expected) }
        #expect(dispatch() == ["4→2", "5→2"])
    }

    @Test mutating func aReadThatIsLateAlreadyIsNotSentAgain() {
        makeReady()
        _ = submit(1, .read, deadline: 50)
        _ = dispatch()
        #expect(
            names(pool.lost(2, because: "x", 50)) == [
                "hang up 2", "1: lost(PostgresDriver.PostgresUnit.Access.read) x",
            ]
        )
    }

    @Test mutating func unitsThatNeverReachedALostConnectionWaitAgain() {
        makeReady(0..<1)
        _ = submit(1, .write)
        _ = submit(2, .write, writer: 0)
        #expect(dispatch() == ["2→0", "1→0"])
        pool.untake(0, 1)
        #expect(
            names(pool.lost(0, because: "x", 1)) == [
                "hang up 0", "2: lost(PostgresDriver.PostgresUnit.Access.write) x",
            ]
        )
        #expect(pool.waiting(.write) == 1)
    }

    @Test mutating func anOverdueUnitsLateAnswerIsForNobody() {
        makeReady()
        _ = submit(1, .write, writer: 0, deadline: 50)
        #expect(dispatch() == ["1→0"])
        #expect(names(pool.tick(50)).count == 1)
        _ = submit(2, .write, deadline: 500, now: 51)
        _ = submit(3, .write, writer: 0, deadline: 500, now: 51)
        // The connection that owes an answer takes nothing.
        #expect(dispatch() == ["2→1"])
        #expect(pool.answered(0, 60) == nil)
        #expect(dispatch() == ["3→0"])
        #expect(pool.answered(0, 61) == 3)
    }

    @Test mutating func whatIsSaidTwiceAboutALossIsNotNews() {
        _ = pool.tick(0)
        #expect(pool.isNews(0, "refused"))
        _ = pool.lost(0, because: "refused", 0)
        #expect(!pool.isNews(0, "refused") && pool.isNews(0, "28P01"))
        makeReady(0..<1, 100)
        #expect(pool.isNews(0, "refused"))
    }

    // MARK: - Closing

    @Test mutating func closingLetsWhatIsUnderWayEnd() {
        makeReady()
        for payload in 1...6 { _ = submit(payload, .write) }
        _ = dispatch()
        _ = pool.close(by: 500)
        #expect(submit(7, .write) == "closed")
        #expect(names(pool.tick(1)) == [])
        for slot in [0, 1, 0, 1] { #expect(pool.answered(slot, 2) != nil) }
        #expect(dispatch().count == 2)
        #expect(names(pool.tick(3)) == [])
        for slot in [0, 1] { _ = pool.answered(slot, 4) }
        #expect(names(pool.tick(5)) == (0..<5).map { "hang up \($0)" } + ["finish"])
        #expect(pool.isFinished && pool.tick(6).isEmpty)
    }

    @Test mutating func closingAnswersWhatIsLeftAtItsDeadline() {
        makeReady()
        for payload in 1...5 { _ = submit(payload, .write) }
        _ = submit(6, .read)
        _ = dispatch()
        _ = pool.close(by: 500)
        _ = pool.tick(1)
        #expect(pool.sleep(1) == 499)
        let answers = names(pool.tick(500)).filter { $0.contains(":") }.sorted()
        #expect(
            answers == (1...4).map { "\($0): lost(PostgresDriver.PostgresUnit.Access.write)" }
                + ["5: closed", "6: lost(PostgresDriver.PostgresUnit.Access.read)"]
        )
        #expect(pool.isFinished)
    }

    @Test mutating func aReadLostWhileClosingIsNotSentAgain() {
        makeReady()
        _ = submit(1, .read)
        _ = dispatch()
        _ = pool.close(by: 500)
        #expect(names(pool.lost(2, because: "x", 3)).count == 2)
    }

    @Test mutating func anIdlePoolClosesAtOnceEvenUnconnected() {
        _ = pool.close(by: 500)
        #expect(names(pool.tick(0)).last == "finish")
    }
}
