import SQL
import Connecting
public import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduling
import TenantActors

/// Forwards a request to the node that owns its organization's shard. See docs/lease.md.
///
/// If no owner is known, or the known owner does not take the request, the forwarder waits a moment for newer leases
/// and tries again: no node has carried out the request. A request that was sent and got no answer is sent again only
/// if it is a read.
public struct Forwarder: Sendable {
    private let leases: ShardLeases
    private let line: any NodeLine
    private let authenticator: Authenticator
    private let bodies: Bodies
    private let answers: LongAnswers
    private let patience: Duration

    /// - Parameters:
    ///   - room: what bodies and answers take while they are on their way, those of this node's own routes included.
    ///   - patience: how long a request waits for an owner of its shard that takes it.
    public init(
        leases: ShardLeases, line: any NodeLine, authenticator: Authenticator, maxBodyBytes: Int,
        room: (bodies: ByteRoom, answers: ByteRoom),
        patience: Duration = .seconds(2)
    ) {
        self.leases = leases
        self.line = line
        self.authenticator = authenticator
        bodies = Bodies(limit: maxBodyBytes, room: room.bodies)
        answers = LongAnswers(room: room.answers)
        self.patience = patience
    }

    func answer(
        _ request: Request, _ context: APIContext, at place: AnsweringNode, _ local: APIContext.Handler
    ) async throws -> Response {
        // A request without a valid credential, or without an organization, is answered here.
        guard let organization = try await organization(request, context, place) else {
            return try await local(request, context)
        }
        if context.isForwarded || leases.tenure(of: organization) != nil { return try await local(request, context) }
        var request = request
        let body = ByteBuffer(bytes: try await bodies.bytes(request))
        request.body = RequestBody(buffer: body)
        let forwarded = ForwardedRequest(head: request, body: body, requestID: context.requestID)
        let end = SystemClock.monotonic() + patience.nanoseconds
        while true {
            switch leases.place(of: organization) {
            case .here: return try await local(request, context)
            case .nowhere(let rings): try await wait(since: rings, until: end)
            case .there(let node, let url, let epoch, let rings):
                switch await send(forwarded, to: url, while: { isOwner(node, epoch, organization) }, rings) {
                case .answered(var response):
                    if request.method == .get {
                        response.body = try answers.body(response.body, for: organization, on: context.eventLoop)
                    }
                    return response
                case .broken where request.method != .get && request.method != .head:
                    throw Problem(command: .outcomeUnknown)
                case .broken, .notTaken: break
                }
                leases.lookAgain()
                try await wait(since: rings, until: end, atMost: 250_000_000)
            }
        }
    }

    private func organization(
        _ request: Request, _ context: APIContext, _ place: AnsweringNode
    ) async throws -> ID? {
        switch place {
        case .anywhere: nil
        case .owner: try await authenticator.organization(request)
        case .ownerOfPath:
            authenticator.isOperator(request) ? context.parameters.get("id").flatMap { ID($0) } : nil
        }
    }

    private func isOwner(_ node: String, _ epoch: Int64, _ organization: ID) -> Bool {
        if case .there(node, _, epoch, _) = leases.place(of: organization) { return true }
        return false
    }

    /// Sends the request, and gives up when that node is no longer the owner. So a stopped node delays nobody beyond
    /// its lease.
    private func send(
        _ request: ForwardedRequest, to url: String, while isOwner: @escaping @Sendable () -> Bool, _ rings: UInt64
    ) async -> ForwardOutcome {
        await withTaskGroup(of: ForwardOutcome?.self) { group in
            group.addTask { await line.send(request, to: url) }
            group.addTask {
                var seen = rings
                while !Task.isCancelled, isOwner() {
                    await leases.changed(since: seen)
                    seen = leases.rings
                }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? .broken
        }
    }

    /// Waits until the leases change; throws when the time is over.
    private func wait(since rings: UInt64, until end: UInt64, atMost limit: UInt64 = .max) async throws {
        let now = SystemClock.monotonic()
        guard now < end else { throw Problem.shardMoving }
        // While the database is unreachable, the leases will not change soon.
        guard leases.isReaching else {
            throw CommandError.unavailable(StoreError(.unavailable, "the leases cannot be renewed"))
        }
        let pause = Duration.nanoseconds(Int64(min(end - now, limit)))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await leases.changed(since: rings) }
            group.addTask { try? await Task.sleep(for: pause) }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }
}
