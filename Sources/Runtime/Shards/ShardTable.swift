import Scheduling

/// What this node knows of the shards. Pure; ``ShardLeases`` drives it.
///
///                  claimed, renewed
///        ┌────────────────────────────────┐
///     elsewhere                          held ──deadline passes──► held, of no use until renewed
///        ▲  ▲   renewal does not name it  │
///        │  └─────────────────────────────┤ yield (drain, fair share)
///        │            released            ▼
///        └──────────────────────────── yielding: serves nobody new, what is under way ends
///
/// A deadline is counted from before the renewal was asked for, so it never stands longer than the record's.
struct ShardTable: Sendable {
    enum Holding: Sendable, Hashable {
        case elsewhere
        case held(epoch: Int64, deadline: UInt64)
        case yielding(epoch: Int64)
    }

    /// Whom a shard belongs to, as far as is known.
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

    /// A renewal: these tenures stand until `deadline`. Returns what was lost, or came back under another epoch.
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

    /// These were taken, and stand until `deadline`.
    mutating func claimed(_ tenures: [Tenure], until deadline: UInt64) {
        for tenure in tenures { holdings[tenure.shard.number] = .held(epoch: tenure.epoch, deadline: deadline) }
    }

    /// From now on nobody new is served for these.
    mutating func yield(_ shards: [Shard]) {
        for shard in shards {
            if case .held(let epoch, _) = holdings[shard.number] { holdings[shard.number] = .yielding(epoch: epoch) }
        }
    }

    /// These were given up, or giving them up failed and the next renewal tells.
    mutating func released(_ shards: [Shard]) {
        for shard in shards where holdings[shard.number] != .elsewhere {
            holdings[shard.number] = .elsewhere
            owners[shard.number] = nil
        }
    }

    /// Nothing is this node's any more. Returns what was.
    mutating func loseAll() -> [Shard] {
        let lost = held + yielding
        for shard in lost { holdings[shard.number] = .elsewhere }
        return lost
    }

    /// Remembers who has what. True if anything is new.
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
