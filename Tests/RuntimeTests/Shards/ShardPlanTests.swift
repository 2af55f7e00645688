import Scheduling
import Testing

@testable import AlmanacRuntime

struct ShardPlanTests {
    private func view(_ owners: [Int: String], nodes: [String], silent: Set<String> = [], draining: Set<String> = [])
        -> LeaseView
    {
        LeaseView(
            nodes: nodes.map {
                .init(
                    id: $0, incarnation: ID(high: 0, low: 1), url: "http://\($0)", isDraining: draining.contains($0),
                    startedAt: Instant(seconds: 0), seenAt: Instant(seconds: 0),
                    silentFor: silent.contains($0) ? 9_000 : 100
                )
            },
            leases: (0..<Shard.count).map { number in
                .init(
                    shard: Shard(number)!, owner: owners[number], incarnation: nil, epoch: 1,
                    remaining: owners[number].map { silent.contains($0) ? -1 : 1_000 } ?? 0
                )
            }
        )
    }

    private func shards(_ numbers: some Sequence<Int>) -> [Shard] { numbers.compactMap { Shard($0) } }

    @Test func aLoneNodeTakesEverything() {
        let plan = ShardPlan(view([:], nodes: ["a"]), for: "a", held: [], isDraining: false, lease: 6_000)
        #expect(plan.claim.count == 256 && plan.yield.isEmpty)
    }

    @Test func nodesThatPlanAtOnceWantDifferentShards() {
        let nodes = ["a", "b", "c"]
        let wanted = nodes.flatMap {
            ShardPlan(view([:], nodes: nodes), for: $0, held: [], isDraining: false, lease: 6_000).claim
        }
        #expect(wanted.count == 256)
        #expect(Set(wanted).count >= 250)
    }

    @Test func whoHasMoreThanItsShareGivesTheRestUp() {
        let owners = Dictionary(uniqueKeysWithValues: (0..<256).map { ($0, "a") })
        let plan = ShardPlan(
            view(owners, nodes: ["a", "b"]), for: "a", held: shards(0..<256), isDraining: false, lease: 6_000
        )
        #expect(plan.yield.count == 128 && plan.claim.isEmpty)
    }

    @Test func aSilentNodesShardsAreTaken() {
        var owners: [Int: String] = [:]
        for number in 0..<256 { owners[number] = number < 128 ? "a" : "b" }
        let plan = ShardPlan(
            view(owners, nodes: ["a", "b"], silent: ["b"]), for: "a", held: shards(0..<128), isDraining: false,
            lease: 6_000
        )
        #expect(plan.claim.sorted() == shards(128..<256))
    }

    @Test func aDrainingNodeYieldsAllOnlyIfSomebodyTakesThem() {
        let held = shards(0..<10)
        let alone = ShardPlan(view([:], nodes: ["a"]), for: "a", held: held, isDraining: true, lease: 6_000)
        #expect(alone == ShardPlan(claim: [], yield: []))
        let both = view([:], nodes: ["a", "b"], draining: ["b"])
        #expect(ShardPlan(both, for: "a", held: held, isDraining: true, lease: 6_000).yield == [])
        let taken = ShardPlan(view([:], nodes: ["a", "b"]), for: "a", held: held, isDraining: true, lease: 6_000)
        #expect(taken.yield == held && taken.claim.isEmpty)
    }

    @Test func sharesAddUpToAllShards() {
        for count in 1...9 {
            let nodes = (0..<count).map { "n\($0)" }
            let sum = nodes.reduce(0) {
                $0 + ShardPlan(view([:], nodes: nodes), for: $1, held: [], isDraining: false, lease: 6_000).claim.count
            }
            #expect(sum == 256, "\(count) nodes")
        }
    }
}

extension ShardPlan {
    init(claim: [Shard], yield: [Shard]) {
        self.init(LeaseView(nodes: [], leases: []), for: "", held: [], isDraining: true, lease: 1)
        self.claim = claim
        self.yield = yield
    }
}
