import Scheduling

/// What a node should take and give up, so that every shard has an owner and every node its share. Pure: nodes that see
/// the same state decide the same; if they see different states, the leases keep them apart.
struct ShardPlan: Sendable, Hashable {
    var claim: [Shard] = []
    var yield: [Shard] = []

    /// - Parameters:
    ///   - node: who plans.
    ///   - held: what it has.
    ///   - lease: milliseconds after which a silent node counts as gone.
    init(_ view: LeaseView, for node: String, held: [Shard], isDraining: Bool, lease: Int64) {
        var takers = view.nodes.filter { $0.id != node && !$0.isDraining && $0.silentFor < lease }.map(\.id)
        if isDraining {
            // Shards are handed over only if another node takes them.
            if !takers.isEmpty { yield = held }
            return
        }
        takers = (takers + [node]).sorted()
        let rank = takers.firstIndex(of: node) ?? 0
        let share = Shard.count / takers.count + (rank < Shard.count % takers.count ? 1 : 0)
        if held.count > share {
            yield = Array(held.suffix(held.count - share))
            return
        }
        let mine = Set(held)
        let free = view.leases.filter { $0.isFree && !mine.contains($0.shard) }.map(\.shard).sorted()
        // Each node begins elsewhere, so that two that plan at once do not want the same shards.
        let start = free.isEmpty ? 0 : rank * free.count / takers.count
        claim = Array((free[start...] + free[..<start]).prefix(share - held.count))
    }
}
