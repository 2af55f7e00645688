import TestSupport
@testable import SQL
import Logging
import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime

struct ShardLeasesTests {
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func node(_ id: String, _ store: FakeLeaseStore, life: UInt64 = 1, mayShare: Bool = true) -> ShardLeases {
        ShardLeases(
            store: store,
            node: NodeIdentity(
                id: id, incarnation: ID(high: id.utf8.reduce(0) { $0 * 256 + UInt64($1) }, low: life), url: "",
                process: ProcessMark(text: "")
            ),
            lease: .seconds(6), mayShare: mayShare, logger: Self.silent, clock: { store.now }
        )
    }

    /// How many of all shards a node may act for.
    private func count(_ node: ShardLeases) -> Int {
        let now = node.now
        return (0..<Shard.count).count { number in Shard(number).map { node.holds($0, now: now) } ?? false }
    }

    @Test func aLoneNodeServesEverythingAndTwoShareIt() async throws {
        let store = FakeLeaseStore()
        let first = node("a", store)
        try await first.join()
        #expect(count(first) == 256)
        let second = node("b", store)
        try await second.join(at: "http://b")
        #expect(count(second) == 0)
        _ = await first.round()
        _ = await second.round()
        #expect(count(first) == 128 && count(second) == 128)
    }

    @Test func whoIsNotHeardOfServesNothingBeforeAnotherTakesItsShards() async throws {
        let store = FakeLeaseStore()
        let (first, second) = (node("a", store), node("b", store))
        try await first.join()
        try await second.join()
        for _ in 0..<2 {
            _ = await first.round()
            _ = await second.round()
        }
        for _ in 0..<3 {
            store.advance(milliseconds: 1_800)
            _ = await second.round()
        }
        // A tenth before the record's end its own deadline has passed.
        #expect(count(first) == 0)
        #expect(count(second) == 128)
        store.advance(milliseconds: 700)
        _ = await second.round()
        #expect(count(second) == 256)
    }

    @Test func theNextLookIsNotLaterThanTheFirstLeaseToEnd() async throws {
        let store = FakeLeaseStore()
        let (first, second) = (node("a", store), node("b", store))
        try await first.join()
        try await second.join()
        _ = await first.round()
        _ = await second.round()
        store.advance(milliseconds: 5_500)
        #expect(await second.round() <= .milliseconds(511))
    }

    @Test func aProcessThatComesBackLearnsWhatItLost() async throws {
        let store = FakeLeaseStore()
        let (first, second) = (node("a", store), node("b", store))
        let gone = Mutex<[Shard]>([])
        first.onChange { shards in
            gone.withLock { $0 += shards }
        } gained: { _ in
        }
        try await first.join()
        try await second.join()
        _ = await first.round()
        _ = await second.round()
        gone.withLock { $0 = [] }
        store.advance(milliseconds: 6_001)
        _ = await second.round()
        #expect(count(second) == 256)
        _ = await first.round()
        #expect(gone.withLock { $0.count } == 128)
        #expect(count(first) == 0)
    }

    @Test func aRestartTakesItsShardsBackUnderANewEpoch() async throws {
        let store = FakeLeaseStore()
        try await node("a", store).join()
        let epoch = store.state.withLock { $0.rows[0].epoch }
        let again = node("a", store, life: 2)
        try await again.join()
        #expect(count(again) == 256)
        #expect(store.state.withLock { $0.rows[0].epoch } == epoch + 1)
    }

    @Test func whoeverIsSupersededServesNothing() async throws {
        let store = FakeLeaseStore()
        let first = node("a", store)
        try await first.join()
        try await node("a", store, life: 2).join()
        _ = await first.round()
        #expect(count(first) == 0)
        #expect(first.isDraining)
    }

    @Test func aNodeThatCannotShareRefusesToStandBesideAnother() async throws {
        let store = FakeLeaseStore()
        try await node("a", store, mayShare: false).join()
        let refusal = await #expect(throws: StoreError.self) {
            try await node("b", store, mayShare: false).join()
        }
        #expect(refusal?.code == .locked)
        store.advance(milliseconds: 6_001)
        let late = node("b", store, mayShare: false)
        try await late.join()
        #expect(count(late) == 256)
    }

    @Test func drainedShardsAreGivenUpAfterWhatIsUnderWayHasEnded() async throws {
        let store = FakeLeaseStore()
        let (first, second) = (node("a", store), node("b", store))
        try await first.join()
        let stillOwned = Mutex(0)
        first.onChange { shards in
            // While it is let go of nobody else may have it, and nobody new is served here.
            stillOwned.withLock { $0 = store.state.withLock { $0.rows.count { $0.owner == "a" } } }
        } gained: { _ in
        }
        try await second.join()
        _ = await first.round()
        _ = await second.round()
        #expect(try await second.drain("a"))
        _ = await first.round()
        #expect(stillOwned.withLock { $0 } == 128)
        #expect(count(first) == 0 && first.isDraining)
        _ = await second.round()
        #expect(count(second) == 256)
    }

    @Test func aLockedLeaseIsFreedByEndingWhatItsOwnerLeftOpen() async throws {
        let store = FakeLeaseStore()
        let (first, second) = (node("a", store), node("b", store))
        try await first.join()
        try await second.join()
        _ = await first.round()
        _ = await second.round()
        let locked = try #require(store.state.withLock { $0.rows.firstIndex { $0.owner == "a" } })
        store.state.withLock { $0.locked = [locked] }
        store.advance(milliseconds: 6_600)
        #expect(await second.round() == .milliseconds(100))
        #expect(count(second) == 255)
        #expect(store.state.withLock { $0.disconnected } == [first.node.incarnation])
        _ = await second.round()
        #expect(count(second) == 256)
    }

    /// Whatever is lost, late or stopped: never do two nodes act for one shard, and in quiet every shard has an owner.
    @Test(arguments: Array<UInt64>(0..<100))
    func noTwoNodesEverActForOneShard(seed: UInt64) async throws {
        var random = SplitMix(seed: seed &* 0x9E37_79B9 &+ 1)
        let store = FakeLeaseStore()
        var lives: UInt64 = 1
        var nodes: [ShardLeases] = []
        for id in ["a", "b", "c"] {
            nodes.append(node(id, store))
            try await nodes[nodes.count - 1].join()
        }
        func check(_ step: Int) {
            let now = store.now
            for number in 0..<Shard.count {
                guard let shard = Shard(number) else { continue }
                let owners = nodes.count { $0.holds(shard, now: now) }
                guard owners > 1 else { continue }
                Issue.record("seed \(seed), step \(step): shard \(number) has \(owners)")
                return
            }
        }
        for step in 0..<120 {
            let index = Int(random.next() % 3)
            switch random.next() % 12 {
            case 0: store.advance(milliseconds: random.next() % 8_000)
            case 1, 2: store.advance(milliseconds: random.next() % 1_500)
            case 3:
                store.state.withLock { state in
                    state.faults = (0..<3).map { _ in [.none, .refused, .answerLost][Int(random.next() % 3)] }
                }
            case 4:
                store.state.withLock { $0.faults = [] }
                // Killed and started again. One that nobody steps for long is as good as stopped.
                lives += 1
                nodes[index] = node(nodes[index].node.id, store, life: lives)
                try await nodes[index].join()
            case 5 where step % 5 == 0: _ = try? await nodes[index].drain(nodes[index].node.id)
            default: _ = await nodes[index].round()
            }
            check(step)
        }
        // Quiet: the drained ones are started anew.
        store.state.withLock { $0.faults = [] }
        for index in nodes.indices {
            lives += 1
            nodes[index] = node(nodes[index].node.id, store, life: lives)
            try await nodes[index].join()
        }
        for _ in 0..<6 {
            for node in nodes { _ = await node.round() }
            store.advance(milliseconds: 100)
            check(1_000)
        }
        #expect(nodes.map(count).reduce(0, +) == 256, "seed \(seed)")
        #expect(nodes.map(count).allSatisfy { (85...86).contains($0) }, "seed \(seed): \(nodes.map(count))")
    }
}
