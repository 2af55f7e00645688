import Synchronization

/// Lends plain connections, a few at a time; each is opened for its user and closed afterwards.
public final class PostgresSessions: Sendable {
    private struct State {
        var free: Int
        var lastID = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<PostgresError?, Never>)] = []
    }

    private let configuration: PostgresConfiguration
    private let maxWaiting: Int
    private let state: Mutex<State>

    /// - Parameters:
    ///   - limit: how many may be open at once.
    ///   - maxWaiting: the most callers that may wait for one; others are refused.
    public init(_ configuration: PostgresConfiguration, limit: Int = 2, maxWaiting: Int = 64) {
        self.configuration = configuration
        self.maxWaiting = maxWaiting
        state = Mutex(State(free: max(1, limit)))
    }

    /// Runs the body with its own session.
    @discardableResult
    public nonisolated(nonsending) func withSession<T>(
        _ body: nonisolated(nonsending) (PostgresSession) async throws -> T
    ) async throws -> T {
        if let refusal = await acquire() { throw refusal }
        defer { release() }
        let session = try await PostgresSession.connect(configuration)
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    private func acquire() async -> PostgresError? {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: PostgresError?? = state.withLock { state in
                    if Task.isCancelled { return .some(PostgresError(.cancelled)) }
                    if state.free > 0 {
                        state.free -= 1
                        return .some(nil)
                    }
                    if state.waiting.count >= maxWaiting { return .some(PostgresError(.full)) }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: PostgresError(.cancelled))
        }
    }

    private func release() {
        let next = state.withLock { state -> CheckedContinuation<PostgresError?, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: nil)
    }
}
