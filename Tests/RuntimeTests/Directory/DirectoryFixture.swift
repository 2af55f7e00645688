import Synchronization

@testable import AlmanacRuntime

/// A resident that remembers which activation made it.
final class Room: Sendable {
    let key: Int
    let generation: Int
    init(key: Int, generation: Int) { (self.key, self.generation) = (key, generation) }
}

struct Broken: Error, Equatable { let attempt: Int }

/// A door a test opens: whoever passes waits until then. `arrived` waits for the first to stand before it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrivals = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func pass() async {
        await withCheckedContinuation { continuation in
            let (open, watchers) = state.withLock { state in
                state.arrivals += 1
                if !state.isOpen { state.waiting.append(continuation) }
                defer { state.watchers = [] }
                return (state.isOpen, state.watchers)
            }
            watchers.forEach { $0.resume() }
            if open { continuation.resume() }
        }
    }

    func arrived() async {
        await withCheckedContinuation { continuation in
            let here = state.withLock { state in
                if state.arrivals == 0 { state.watchers.append(continuation) }
                return state.arrivals > 0
            }
            if here { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.resume() }
    }
}

/// A directory of rooms whose clock, activations and passivations the test sees and steers.
final class Fixture: Sendable {
    let clock = Atomic<UInt64>(0)
    let activations = Mutex<[Int]>([])
    let passivations = Mutex<[Int]>([])
    let directory: Directory<Int, Room>

    init(
        limit: Int = 8,
        onActivate: @escaping @Sendable (Int, _ attempt: Int) async throws -> Void = { _, _ in },
        onPassivate: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        let late = Late()
        directory = Directory(
            name: "rooms",
            limit: limit,
            activate: { key in
                let attempt = late.fixture!.activations.withLock {
                    $0.append(key); return $0.count
                }
                try await onActivate(key, attempt)
                return Room(key: key, generation: attempt)
            },
            passivate: { key, _ in
                await onPassivate(key)
                late.fixture!.passivations.withLock { $0.append(key) }
            },
            now: { late.fixture!.clock.load(ordering: .relaxed) }
        )
        late.fixture = self
    }

    /// Waits, by yielding, until the published state is as the test wants it.
    func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    /// How many callers are parked on the key. Reads the machine through its own lock.
    func waiters(_ key: Int) -> Int { directory.state.withLock { $0.waiting(key) } }

    /// Written once, before the directory is used.
    private final class Late: @unchecked Sendable { weak var fixture: Fixture? }
}

extension DirectoryState {
    func waiting(_ key: Key) -> Int { index[key].map { entries[$0].waiters.count } ?? 0 }
}
