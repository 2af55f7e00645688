import Scheduling

/// What this node knows about the shards. Pure; ``ShardLeases`` drives it.
///
///                  claimed, renewed
///        ┌────────────────────────────────┐
///     elsewhere                          held ──deadline passes──► held, unusable until renewed
///        ▲  ▲   renewal does not return it│
///        │  └─────────────────────────────┤ yield (drain, fair share)
///        │            released            ▼
///        └──────────────────────────── yielding: accepts nothing new, work in flight ends
///
/// A deadline is counted from before the renewal was requested, so it never ends after the record's.
struct ShardTable: Sendable {
    enum Holding: Sendable, Hashable {
        case elsewhere
        case held(epoch: Int64, deadline: UInt64)
        case yielding(epoch: Int64)
    }

    /// The known owner of a shard.
    struct Owner: Sendable, Hashable {
        var node: String
        var url: String
        var epoch: Int64
    }

    private(set) var holdings = [Holding](repeating: .elsewhere, count: Shard.count)
    private(set) var owners = [Owner?](repeating: nil, count: Shard.count)

    /// The right to act for a shard now; `now` in the unit of the deadlines.
    func tenure(of shard: Shard, now: UInt64) -> Tenure? {
        guard case .held(let epoch, let deadline) = holdings[shard.number], now < deadline else { return nil }
        return Tenure(shard: shard, epoch: epoch)
    }

    var held: [Shard] { shards { if case .held = $0 { true } else { false } } }
    var yielding: [Shard] { shards { if case .yielding = $0 { true } else { false } } }

    /// A renewal: these tenures are valid until `deadline`. Returns those lost, or back under another epoch.
    mutating func renewed(_ tenures: [Tenure], until deadline: UInt64) -> [Shard] {
        var epochs = [Int64?](repeating: nil, count: Shard.count)
        for tenure in tenures { epochs[tenure.shard.number] = tenure.epoch }
        var lost: [Shard] = []
        for number in 0..<Shard.count {
            guard let shard = Shard(number) else { continue }
            switch (holdings[number], epochs[number]) {
            case (.elsewhere, nil): continue
            case (.elsewhere, let epoch?): holdings[number] = .held(epoch: epoch, deadline: deadline)
            case (.held(let old, _), let epoch?):
                if old != epoch { lost.append(shard) }
                holdings[number] = .held(epoch: epoch, deadline: deadline)
            case (.yielding(let old), let epoch?):
                if old != epoch { lost.append(shard) }
                holdings[number] = .yielding(epoch: epoch)
            case (.held, nil), (.yielding, nil):
                lost.append(shard)
                holdings[number] = .elsewhere
            }
        }
        return lost
    }

    /// These were taken, and are valid until `deadline`.
    mutating func claimed(_ tenures: [Tenure], until deadline: UInt64) {
        for tenure in tenures { holdings[tenure.shard.number] = .held(epoch: tenure.epoch, deadline: deadline) }
    }

    /// From now on these accept nothing new.
    mutating func yield(_ shards: [Shard]) {
        for shard in shards {
            if case .held(let epoch, _) = holdings[shard.number] { holdings[shard.number] = .yielding(epoch: epoch) }
        }
    }

    /// These were released, or the release failed and the next renewal tells.
    mutating func released(_ shards: [Shard]) {
        for shard in shards where holdings[shard.number] != .elsewhere {
            holdings[shard.number] = .elsewhere
            owners[shard.number] = nil
        }
    }

    /// This node has nothing any more. Returns what it had.
    mutating func loseAll() -> [Shard] {
        let lost = held + yielding
        for shard in lost { holdings[shard.number] = .elsewhere }
        return lost
    }

    /// Remembers the owners. True if anything is new.
    mutating func learn(_ view: LeaseView) -> Bool {
        var urls: [String: String] = [:]
        for node in view.nodes { urls[node.id] = node.url }
        var next = [Owner?](repeating: nil, count: Shard.count)
        for lease in view.leases where !lease.isFree {
            if let owner = lease.owner, let url = urls[owner] {
                next[lease.shard.number] = Owner(node: owner, url: url, epoch: lease.epoch)
            }
        }
        defer { owners = next }
        return next != owners
    }

    private func shards(_ isMeant: (Holding) -> Bool) -> [Shard] {
        holdings.indices.compactMap { isMeant(holdings[$0]) ? Shard($0) : nil }
    }
}
