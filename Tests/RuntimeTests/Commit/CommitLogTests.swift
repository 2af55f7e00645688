import Testing

@testable import AlmanacRuntime

@Suite struct CommitLogTests {
    private func change(_ key: UInt64, _ name: String, alone: Bool = false) -> Change {
        CommitBench.change(key, name, alone: alone)
    }

    @Test func eachCallerGetsItsOwnOutcome() {
        let bench = CommitBench()
        for (key, name) in [(1, "a"), (2, "b"), (3, "c")] { bench.commit(name, [change(UInt64(key), name)]) }
        bench.settle()
        bench.start()
        bench.settle()
        let batch = bench.database.batches[0]
        #expect(Set(batch) == ["a", "b", "c"])
        let outcomes: [String: CommitOutcome] = ["a": .committed(seq: 7), "b": .conflict(kind: "slot"), "c": .stale]
        bench.answer(batch.map { outcomes[$0]! })
        #expect(Set(bench.story) == ["a: committed(7)", "b: conflict(slot)", "c: stale"])
    }

    @Test func whatQueuesDuringAWriteIsTheNextBatch() {
        let bench = CommitBench()
        bench.start()
        bench.commit("a", [change(1, "a1")])
        bench.settle()
        for key in 2...5 as ClosedRange<UInt64> { bench.commit("caller", [change(key, "later")]) }
        bench.settle()
        #expect(bench.database.batches == [["a1"]])
        #expect(bench.log.queued == 4)
        bench.answer([.committed(seq: nil)])
        #expect(bench.database.batches == [["a1"], ["later", "later", "later", "later"]])
    }

    @Test func aKeyHasOneGroupUnderWayEvenWithTwoCommitters() {
        let bench = CommitBench(committers: 2)
        bench.start()
        bench.commit("a", [change(1, "a1")])
        bench.settle()
        bench.commit("a", [change(1, "a2")])
        bench.settle()
        #expect(bench.database.inFlight == 1)
        bench.commit("b", [change(2, "b1")])
        bench.settle()
        #expect(bench.database.batches == [["a1"], ["b1"]])
        bench.answer([.committed(seq: 1)])
        #expect(bench.database.batches == [["a1"], ["b1"], ["a2"]])
        bench.answer([.committed(seq: 1)])
        bench.answer([.committed(seq: 2)])
        #expect(bench.story.count == 3)
    }

    @Test func aSecondBatchLeavesBesideTheFirstOnlyIfItIsLarge() {
        let bench = CommitBench(committers: 2, besides: 3)
        bench.start()
        bench.commit("a", [change(1, "a1")])
        bench.settle()
        bench.commit("b", [change(2, "b1")])
        bench.settle()
        bench.commit("c", [change(3, "c1")])
        bench.settle()
        #expect(bench.database.batches == [["a1"]])
        bench.commit("d", [change(4, "d1")])
        bench.settle()
        #expect(bench.database.batches == [["a1"], ["b1", "c1", "d1"]])
        bench.answer([.committed(seq: 1)])
        bench.answer([.committed(seq: 1), .committed(seq: 1), .committed(seq: 1)])
        #expect(bench.story.count == 4)
    }

    @Test func theSinkHasSettledAGroupBeforeAnyCallerOfItGoesOn() {
        let bench = CommitBench()
        let sink = NotingSink("sink", bench)
        bench.commit("caller", [change(1, "a1"), change(1, "a2")], tickets: [4, 5], sink: sink)
        bench.settle()
        bench.commit("other", [change(1, "a3")], tickets: [6], sink: sink)
        bench.settle()
        bench.start()
        bench.settle()
        bench.answer([.committed(seq: 1), .stale, .committed(seq: 2)])
        #expect(bench.story.first == "sink: 4 committed(1), 5 stale, 6 committed(2)")
        #expect(Set(bench.story.dropFirst()) == ["caller: committed(1) stale", "other: committed(2)"])
    }

    /// Two owners of one key: the one that is going, and the one that came.
    @Test func eachSinkHearsOnlyOfItsOwnChanges() {
        let bench = CommitBench()
        let (old, new) = (NotingSink("old", bench), NotingSink("new", bench))
        bench.commit("a", [change(1, "a1")], tickets: [1], sink: old)
        bench.settle()
        bench.commit("b", [change(1, "a2")], tickets: [1], sink: new)
        bench.settle()
        bench.start()
        bench.settle()
        bench.answer([.fenced, .committed(seq: 3)])
        #expect(bench.story.prefix(2) == ["old: 1 fenced", "new: 1 committed(3)"])
    }

    @Test func theNextGroupLeavesOnlyWhenTheLastIsSettled() {
        let bench = CommitBench()
        let sink = NotingSink("sink", bench)
        bench.start()
        bench.commit("a", [change(1, "a1")], tickets: [1], sink: sink)
        bench.settle()
        bench.commit("b", [change(1, "a2")], tickets: [2], sink: sink)
        bench.settle()
        #expect(bench.database.batches == [["a1"]])
        bench.answer([.committed(seq: 1)])
        bench.answer([.committed(seq: 2)])
        #expect(bench.story.filter { $0.hasPrefix("sink") } == ["sink: 1 committed(1)", "sink: 2 committed(2)"])
    }

    @Test func aCallersChangesInSeveralBatchesAreAnsweredTogether() {
        let bench = CommitBench(maxBatch: 2)
        bench.start()
        bench.commit("a", [change(1, "1"), change(1, "2"), change(1, "3")])
        bench.settle()
        bench.answer([.committed(seq: 1), .committed(seq: 2)])
        #expect(bench.story == [])
        bench.answer([.keyTaken])
        #expect(bench.story == ["a: committed(1) committed(2) keyTaken"])
        #expect(bench.database.batches == [["1", "2"], ["3"]])
    }

    @Test func aChangeThatWantsItHasATransactionOfItsOwn() {
        let bench = CommitBench()
        bench.commit("a", [change(1, "a1"), change(1, "series", alone: true), change(1, "a2")])
        bench.settle()
        bench.start()
        bench.settle()
        for seq in 1...3 { bench.answer([.committed(seq: Int64(seq))]) }
        #expect(bench.database.batches == [["a1"], ["series"], ["a2"]])
    }

    @Test func aCancelledCallerAbortsNothing() {
        let bench = CommitBench()
        bench.start()
        let gone = bench.commit("gone", [change(1, "a1")])
        bench.settle()
        bench.cancel(gone)
        bench.commit("next", [change(1, "a2")])
        bench.settle()
        #expect(bench.story == [])
        bench.answer([.committed(seq: 1)])
        bench.answer([.committed(seq: 2)])
        #expect(Set(bench.story) == ["gone: committed(1)", "next: committed(2)"])
    }

    @Test func drainingWritesWhatWaitsAndRefusesTheRest() {
        let bench = CommitBench()
        bench.commit("early", [change(1, "a1")])
        bench.settle()
        bench.start()
        bench.settle()
        bench.commit("queued", [change(1, "a2")])
        bench.settle()
        bench.log.drain()
        bench.commit("late", [change(2, "b1")])
        bench.settle()
        #expect(bench.story == ["late: refused(draining)"])
        bench.answer([.committed(seq: 1)])
        #expect(!bench.story.contains("log ended"))
        bench.answer([.committed(seq: 2)])
        #expect(bench.database.batches == [["a1"], ["a2"]])
        #expect(bench.story.contains("queued: committed(2)"))
        #expect(bench.story.contains("log ended"))
    }

    @Test func drainingAnIdleLogEndsItsCommitters() {
        let bench = CommitBench(committers: 3)
        bench.start()
        bench.settle()
        bench.log.drain()
        bench.settle()
        #expect(bench.story == ["log ended"])
    }

    @Test func pastItsBoundTheLogRefusesAndWhatItTookOnIsWritten() {
        let bench = CommitBench(maxQueued: 2)
        bench.commit("a", [change(1, "a1"), change(1, "a2")])
        bench.settle()
        bench.commit("b", [change(2, "b1")], sink: NotingSink("sink", bench))
        bench.settle()
        #expect(bench.story == ["b: refused(overloaded)"])
        bench.start()
        bench.settle()
        bench.answer([.committed(seq: 1), .committed(seq: 2)])
        #expect(bench.story.last == "a: committed(1) committed(2)")
    }

    @Test func anUnknownOutcomeReachesEveryCallerOfTheBatch() {
        let bench = CommitBench()
        let sink = NotingSink("sink", bench)
        for key in 1...3 as ClosedRange<UInt64> { bench.commit("caller", [change(key, "x")], tickets: [9], sink: sink) }
        bench.settle()
        bench.start()
        bench.settle()
        bench.answer([.unknown, .unknown, .unknown])
        #expect(bench.story.count { $0 == "sink: 9 unknown" } == 3)
        #expect(bench.story.count { $0 == "caller: unknown" } == 3)
    }

    @Test func committingNothingIsAnsweredAtOnce() {
        let bench = CommitBench()
        bench.commit("nothing", [])
        bench.settle()
        #expect(bench.story == ["nothing: "])
    }
}
