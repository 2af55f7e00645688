import Synchronization

/// The replicas that need attention. Each is listed once, however often it is added.
final class ReplicaAgenda<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var queue: [Key] = []
        var members: Set<Key> = []
        var idle: [CheckedContinuation<Void, Never>] = []
        var isOver = false
    }

    private let state = Mutex(State())

    func add(_ key: Key) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isOver, state.members.insert(key).inserted else { return nil }
            state.queue.append(key)
            return state.idle.popLast()
        }
        waiter?.resume()
    }

    /// The replica that has waited longest; nil if there is none.
    func take() -> Key? {
        state.withLock { state in
            guard !state.queue.isEmpty else { return nil }
            let key = state.queue.removeFirst()
            state.members.remove(key)
            return key
        }
    }

    /// Waits for a replica; nil when the agenda has ended.
    func next() async -> Key? {
        while true {
            if let key = take() { return key }
            if state.withLock({ $0.isOver }) { return nil }
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state in
                    guard state.queue.isEmpty, !state.isOver else { return false }
                    state.idle.append(continuation)
                    return true
                }
                if !isWaiting { continuation.resume() }
            }
        }
    }

    /// Ends the agenda, and with it all waits.
    func end() {
        let idle = state.withLock { state in
            defer { state.idle = [] }
            state.isOver = true
            return state.idle
        }
        for continuation in idle { continuation.resume() }
    }
}
