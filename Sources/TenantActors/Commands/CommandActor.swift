import AlmanacRuntime
import Scheduling

/// An actor that carries commands out: what they have in common, whatever they change.
protocol CommandActor: TurnTaking {
    nonisolated var services: TenantServices { get }
    /// Keyed commands whose first request has not been answered yet.
    var running: RunningKeys { get set }

    /// Throws where this actor must not decide any more.
    func checkInForce() throws(CommandError)

    /// The kept answer where the key was used before, nil where the command should be decided anew; throws the rest.
    func failure(_ outcome: CommitOutcome, _ context: CommandContext) async throws(CommandError) -> Reply?
}

extension CommandActor {
    /// How often a command is decided before it gives up.
    private static var attempts: Int { 8 }

    /// Runs a keyed command: refuses a second one while the first runs, and gives the kept answer, if there is one,
    /// before anything is decided again.
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

    /// Decides and writes until something was written: `attempt` returns nil where it has to be decided anew.
    func untilWritten<Answer>(
        _ attempt: (_ number: Int) async throws(CommandError) -> Answer?
    ) async throws(CommandError) -> Answer {
        for number in 0..<Self.attempts {
            if let answer = try await attempt(number) { return answer }
        }
        throw .contended
    }

    /// What a command answers after its commit; nil where it has to be decided anew.
    ///
    /// - Parameter conflict: what it means that the record has something else of this name.
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

    /// Revises one object, in its turn: reads it, holds it against `If-Match`, decides, writes; all anew while another
    /// change of it came first.
    ///
    /// - Parameters:
    ///   - unchanged: the answer where there is nothing to write.
    ///   - conflict: what it means that the record has another object of this name.
    ///   - write: decides and writes; returns what to answer and what became of the write, or nil where nothing changes.
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
