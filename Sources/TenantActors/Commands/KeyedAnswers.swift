import AlmanacRuntime
import Scheduling

/// Keeps the answers to keyed requests that no calendar and no organization decides on: any node carries them out.
public actor KeyedAnswers: CommandActor {
    nonisolated let services: TenantServices
    var running = RunningKeys()
    var turns = Turns()

    init(services: TenantServices) { self.services = services }

    /// Runs `body`, or gives its first answer again where the request's key was used before.
    ///
    /// - Parameter body: what may happen again if its answer cannot be kept.
    public func answer(
        _ context: CommandContext, _ body: @Sendable () async throws(CommandError) -> Reply
    ) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            let reply = try await body()
            let now = services.clock.now()
            guard
                let claim = context.keyed?.claim(status: reply.status, answer: reply.body, services.secrets, at: now)
            else { return reply }
            let change = Change(
                key: context.organizationID, organizationID: context.organizationID, generation: nil, rows: [],
                audit: nil, idempotency: claim
            )
            let outcome = await services.log.commit([change]).first ?? .refused(.draining)
            guard let kept = try await answer(reply, after: outcome, context) else { throw .contended }
            return kept
        }
    }

    /// Always: it keeps nothing in memory.
    func checkInForce() throws(CommandError) {}

    func failure(_ outcome: CommitOutcome, _ context: CommandContext) async throws(CommandError) -> Reply? {
        try await CommitFailure.reply(to: outcome, context, services)
    }
}
