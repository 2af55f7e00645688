import Scheduling
import Testing

@testable import AlmanacRuntime

struct ShardTableTests {
    private let one = Shard(1)!
    private let two = Shard(2)!

    private func held(_ shards: Int..., epoch: Int64 = 1) -> [Tenure] {
        shards.map { Tenure(shard: Shard($0)!, epoch: epoch) }
    }

    @Test func aTenureStandsUntilItsDeadlineAndNotAtIt() {
        var table = ShardTable()
        let lost = table.renewed(held(1), until: 100)
        #expect(lost == [])
        #expect(table.tenure(of: one, now: 99) == Tenure(shard: one, epoch: 1))
        #expect(table.tenure(of: one, now: 100) == nil)
        #expect(table.tenure(of: two, now: 0) == nil)
    }

    @Test func whatARenewalDoesNotNameIsLost() {
        var table = ShardTable()
        _ = table.renewed(held(1, 2), until: 100)
        let lost = table.renewed(held(2), until: 200)
        #expect(lost == [one])
        #expect(table.tenure(of: one, now: 50) == nil)
        #expect(table.tenure(of: two, now: 150)?.epoch == 1)
    }

    @Test func whatComesBackUnderAnotherEpochWasLostInBetween() {
        var table = ShardTable()
        _ = table.renewed(held(1), until: 100)
        let lost = table.renewed(held(1, epoch: 3), until: 200)
        #expect(lost == [one])
        #expect(table.tenure(of: one, now: 150)?.epoch == 3)
    }

    @Test func whatIsYieldedServesNobodyThoughItIsRenewed() {
        var table = ShardTable()
        _ = table.renewed(held(1), until: 100)
        table.yield([one])
        #expect(table.tenure(of: one, now: 1) == nil)
        let lost = table.renewed(held(1), until: 200)
        #expect(lost == [])
        #expect(table.tenure(of: one, now: 101) == nil)
        #expect(table.yielding == [one])
        table.released([one])
        #expect(table.yielding == [])
    }

    @Test func anOwnerIsKnownWhileItsLeaseRuns() {
        var table = ShardTable()
        let node = LeaseView.Node(
            id: "b", incarnation: ID(high: 0, low: 1), url: "http://b", startedAt: Instant(seconds: 0),
            seenAt: Instant(seconds: 0), silentFor: 0
        )
        func view(_ remaining: Int64) -> LeaseView {
            LeaseView(
                nodes: [node],
                leases: [.init(shard: one, owner: "b", incarnation: node.incarnation, epoch: 7, remaining: remaining)]
            )
        }
        var isNew = table.learn(view(10))
        #expect(isNew)
        #expect(table.owners[1] == ShardTable.Owner(node: "b", url: "http://b", epoch: 7))
        isNew = table.learn(view(5))
        #expect(!isNew)
        isNew = table.learn(view(0))
        #expect(isNew)
        #expect(table.owners[1] == nil)
    }

    @Test func organizationsSpreadOverAllShards() {
        let ids = IDGenerator(clock: ManualClock(Instant(seconds: 1_790_000_000)))
        var counts = [Int](repeating: 0, count: Shard.count)
        for _ in 0..<(Shard.count * 40) { counts[Shard(of: ids.next()).number] += 1 }
        // 40 on average; a shard that is five deviations off would be one in millions.
        #expect(counts.allSatisfy { (8...72).contains($0) }, "\(counts)")
        // It is part of the installation's state: another answer would move every organization.
        #expect(Shard(of: ID("01a1532c-b07b-7c1e-8f43-2b9d6e0a7c51")!).number == 119)
    }
}
