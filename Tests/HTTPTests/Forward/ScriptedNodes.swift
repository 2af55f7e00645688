import AlmanacRuntime
import Hummingbird
import Scheduling
import Synchronization

@testable import HTTP

/// A record of leases in which another node has everything, until a test says otherwise.
final class ScriptedLeases: LeaseStore {
    let owner = Mutex<(id: String, epoch: Int64)?>(("b", 1))

    func give(to id: String?, epoch: Int64) { owner.withLock { $0 = id.map { ($0, epoch) } } }

    func view() -> LeaseView {
        let owner = owner.withLock { $0 }
        let start = Instant(seconds: 0)
        return LeaseView(
            nodes: ["b", "c"].map {
                .init(
                    id: $0, incarnation: ID(high: 0, low: 9), url: "http://\($0)", startedAt: start, seenAt: start,
                    silentFor: 0
                )
            },
            leases: (0..<Shard.count).compactMap { number in
                Shard(number).map {
                    .init(
                        shard: $0, owner: owner?.id, incarnation: nil, epoch: owner?.epoch ?? 0,
                        remaining: owner == nil ? 0 : 5_000
                    )
                }
            }
        )
    }

    func beat(_ node: NodeIdentity, lease: Duration) -> LeaseBeat { .alive(held: [], isDraining: true, view()) }
    func join(_ node: NodeIdentity, taking ended: [ID], lease: Duration) {}
    func claim(_ shards: [Shard], for node: NodeIdentity, lease: Duration) -> [Tenure] { [] }
    func release(_ shards: [Shard], of node: NodeIdentity) {}
    func disconnect(_ incarnation: ID) {}
    func drain(_ id: String) -> Bool { false }
    func leave(_ node: NodeIdentity) {}
}

/// Answers for other nodes as a test says, and remembers what was sent where.
final class ScriptedLine: NodeLine {
    let sent = Mutex<[String]>([])
    private let answer: @Sendable (ForwardedRequest, String) async -> ForwardOutcome

    init(_ answer: @escaping @Sendable (ForwardedRequest, String) async -> ForwardOutcome) { self.answer = answer }

    func send(_ request: ForwardedRequest, to url: String) async -> ForwardOutcome {
        sent.withLock { $0.append("\(request.head.method.rawValue) \(url)\(request.head.uri.path)") }
        return await answer(request, url)
    }
}
