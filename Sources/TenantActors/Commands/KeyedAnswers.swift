import AlmanacRuntime
import Scheduling

/// Stores the answers of requests with an idempotency key that need no calendar and no organization. Any node carries
/// them out.
public actor KeyedAnswers: CommandActor {
    nonisolated let services: TenantServices
    var running = RunningKeys()
    var turns = Turns()

    init(services: TenantServices) { self.services = services }

    /// Runs `body`, or returns its first answer if the request's key was used before.
    ///
    /// - Parameter body: must be safe to repeat, because its answer may fail to be stored.
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

    /// Never throws, because this actor keeps nothing in memory.
    func checkInForce() throws(CommandError) {}

    func failure(_ outcome: CommitOutcome, _ context: CommandContext) async throws(CommandError) -> Reply? {
        try await CommitFailure.reply(to: outcome, context, services)
    }
}
