import Scheduling

/// An actor whose commands take turns.
protocol TurnTaking: Actor {
    var turns: Turns { get set }
}

extension TurnTaking {
    func inTurn<R: Sendable>(
        _ subject: ID, _ body: () async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        if !turns.take(subject) {
            await withCheckedContinuation { turns.wait(for: subject, $0) }
        }
        defer { turns.pass(subject) }
        return try await body()
    }
}
