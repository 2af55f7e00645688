import AlmanacRuntime
import Scheduling

/// What all actors that carry out commands have in common.
protocol CommandActor: TurnTaking {
    nonisolated var services: TenantServices { get }
    /// The idempotency keys of running requests.
    var running: RunningKeys { get set }

    /// Throws if this actor must not decide any more.
    func checkInForce() throws(CommandError)

    /// Interprets an outcome other than success. Returns the stored answer if the key was used before, or nil if the
    /// command must be decided again; throws in all other cases.
    func failure(_ outcome: CommitOutcome, _ context: CommandContext) async throws(CommandError) -> Reply?
}

extension CommandActor {
    /// How often a command is decided before it gives up.
    private static var attempts: Int { 8 }

    /// Runs a command with an idempotency key: refuses it while an earlier request with the key runs, and returns the
    /// stored answer, if there is one, before anything is decided.
    func keyed(
        _ context: CommandContext, _ body: () async throws(CommandError) -> Reply
    ) async throws(CommandError) -> Reply {
        try checkInForce()
        try running.begin(context.keyed)
        defer { running.end(context.keyed) }
        if let keyed = context.keyed, let reply = try await Idempotency(services: services).replay(keyed) {
            return reply
        }
        try checkInForce()
        return try await body()
    }

    /// Repeats `attempt` until it has written something. `attempt` returns nil if the command must be decided again.
    func untilWritten<Answer>(
        _ attempt: (_ number: Int) async throws(CommandError) -> Answer?
    ) async throws(CommandError) -> Answer {
        for number in 0..<Self.attempts {
            if let answer = try await attempt(number) { return answer }
        }
        throw .contended
    }

    /// The answer of a command after its commit; nil if the command must be decided again.
    ///
    /// - Parameter conflict: the error if the record already has another object of this name.
    func answer<Answer>(
        _ answer: Answer, after outcome: CommitOutcome, conflict: CommandError? = nil, _ context: CommandContext
    ) async throws(CommandError) -> Answer? {
        switch outcome {
        case .committed: return answer
        case .conflict: if let conflict { throw conflict }
        case .stale, .keyTaken, .fenced, .failed, .unknown, .refused: break
        }
        return try await failure(outcome, context) as? Answer
    }

    /// Changes one object, in its turn: reads it, checks `If-Match`, decides and writes. Starts again if another change
    /// of the object came first.
    ///
    /// - Parameters:
    ///   - unchanged: the answer if there is nothing to write.
    ///   - conflict: the error if the record already has another object of this name.
    ///   - write: decides and writes; returns the answer and the outcome of the write, or nil if nothing changes.
    func revise<Object: Versioned, Answer: Sendable>(
        inTurnOf subject: ID, ifMatch: VersionCondition?, _ context: CommandContext, conflict: CommandError? = nil,
        read: () async throws(CommandError) -> Object,
        unchanged: (Object) -> Answer,
        write: (Object, Instant) async throws(CommandError) -> (answer: Answer, outcome: CommitOutcome)?
    ) async throws(CommandError) -> Answer {
        try await inTurn(subject) { () async throws(CommandError) -> Answer in
            try await untilWritten { _ async throws(CommandError) -> Answer? in
                let present = try await read()
                try present.check(ifMatch)
                guard let written = try await write(present, services.clock.now()) else { return unchanged(present) }
                return try await answer(written.answer, after: written.outcome, conflict: conflict, context)
            }
        }
    }
}
