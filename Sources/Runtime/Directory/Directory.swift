public import Synchronization

/// The registry of virtual actors: a key always has a resident; it is activated when first called and
/// passivated when idle.
///
/// At any time one key has at most one resident that serves new calls, and at most `limit` residents exist. Access is
/// scoped (`with`, `pin`): while a body runs, its resident stays. `DirectoryState` and docs/directory.md describe each
/// phase.
///
/// The directory starts no task. Activation runs in the first caller's task, passivation in the task that caused it,
/// even if that task was cancelled. Waiting callers suspend without a cancellation handler, so a client that hangs up
/// aborts nothing.
///
/// Never call for a key inside a body or activation of that key: after an eviction the call would wait for itself.
public final class Directory<Key: Hashable & Sendable, Resident: AnyObject & Sendable>: Sendable {
    @usableFromInline typealias Call = DirectoryCall<Resident>
    @usableFromInline typealias Departure = DirectoryDeparture<Key, Resident>
    @usableFromInline typealias Waiter = CheckedContinuation<DirectoryWake<Resident>, Never>
    @usableFromInline typealias State = DirectoryState<Key, Resident, Waiter>

    /// The name in errors.
    public let name: String
    @usableFromInline let state: Mutex<State>
    @usableFromInline let now: @Sendable () -> UInt64
    private let activate: @Sendable (Key) async throws -> Resident
    private let passivate: @Sendable (Key, Resident) async -> Void

    /// - Parameters:
    ///   - limit: the most residents, including those on their way in or out.
    ///   - activate: loads the resident of a key; at most once per key at a time.
    ///   - passivate: a resident's farewell: runs with no call in flight, before the key is activated again.
    ///   - now: monotonic nanoseconds.
    public init(
        name: String,
        limit: Int,
        activate: @escaping @Sendable (Key) async throws -> Resident,
        passivate: @escaping @Sendable (Key, Resident) async -> Void = { _, _ in },
        now: @escaping @Sendable () -> UInt64
    ) {
        self.name = name
        self.state = Mutex(State(limit: limit))
        self.activate = activate
        self.passivate = passivate
        self.now = now
    }

    /// Runs `body` with the resident of `key`, activating it first when it is cold.
    ///
    /// Runs in the caller's isolation without a hop, so `body` may use the caller's isolated state.
    /// - Throws: `DirectoryError`, what the activation threw, or what `body` threw.
    @inlinable
    public nonisolated(nonsending) func with<R: Sendable>(
        _ key: Key,
        _ body: nonisolated(nonsending) (Resident) async throws -> R
    ) async throws -> R {
        let entrance = state.withLock { $0.enter(key) }
        if case .run(let call) = entrance { return try await run(call, body) }
        return try await run(admit(key, entrance), body)
    }

    /// Runs a counted call and ends it.
    @inlinable
    nonisolated(nonsending) func run<R: Sendable>(
        _ call: Call,
        _ body: nonisolated(nonsending) (Resident) async throws -> R
    ) async throws -> R {
        let result: R
        do {
            result = try await body(call.resident)
        } catch {
            await leave(call.slot)
            throw error
        }
        await leave(call.slot)
        return result
    }

    /// Ends a counted call; the last call of a departing resident passivates it.
    @inlinable
    nonisolated(nonsending) func leave(_ slot: Int) async {
        let now = now()
        if let departure = state.withLock({ $0.leave(slot, now: now) }) { await finish(departure) }
    }

    /// Passivates a resident and resumes those who waited. True if the heir of its place may activate.
    @discardableResult
    @usableFromInline
    nonisolated(nonsending) func finish(_ departure: Departure) async -> Bool {
        await passivate(departure.key, departure.resident)
        let passivated = state.withLock { $0.passivated(departure.slot) }
        resume(passivated.resumptions)
        return passivated.heirMayActivate
    }

    /// Gets a call in, whatever phase the key is in. Asks again after each suspension.
    @usableFromInline
    nonisolated(nonsending) func admit(
        _ key: Key, _ first: DirectoryEntrance<Key, Resident>
    ) async throws -> Call {
        var entrance = first
        while true {
            switch entrance {
            case .run(let call):
                return call
            case .activate(let slot):
                return try await lead(key, slot)
            case .makeRoom(let victim, let heir):
                if await finish(victim) { return try await lead(key, heir) }
            case .wait:
                switch await park({ $0.wait(key, $1) }) {
                case .run(let call): return call
                case .fail(let error): throw error
                case .lookAgain: try Task.checkCancellation()
                }
            case .refuse(let code):
                throw DirectoryError(code, directory: name)
            }
            entrance = state.withLock { $0.enter(key) }
        }
    }

    /// Suspends until woken. `enqueue` returns false if there is nothing to wait for any more.
    nonisolated(nonsending) func park(
        _ enqueue: (inout State, Waiter) -> Bool
    ) async -> DirectoryWake<Resident> {
        await withCheckedContinuation { waiter in
            let parked = state.withLock { enqueue(&$0, waiter) }
            if !parked { waiter.resume(returning: .lookAgain) }
        }
    }

    /// The one activation of a cold key, for this caller and all waiting callers.
    private nonisolated(nonsending) func lead(_ key: Key, _ slot: Int) async throws -> Call {
        let resident: Resident
        do {
            resident = try await activate(key)
        } catch {
            let cancelled = Task.isCancelled
            resume(state.withLock { $0.activationFailed(slot, error, leaderCancelled: cancelled) })
            throw error
        }
        let activated = state.withLock { $0.activated(slot, resident) }
        resume([activated.resumption])
        return activated.call
    }

    private func resume(_ resumptions: [DirectoryResumption<Resident, Waiter>]) {
        for resumption in resumptions {
            for waiter in resumption.waiters { waiter.resume(returning: resumption.wake) }
        }
    }
}
