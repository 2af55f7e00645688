import Synchronization

/// Tells all waiters that something has changed since they looked.
final class Bell: Sendable {
    private struct State {
        var rings: UInt64 = 0
        var lastID: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// How often it has rung. Read this before the state that it announces.
    var rings: UInt64 { state.withLock { $0.rings } }

    func ring() {
        let waiting = state.withLock { state in
            state.rings += 1
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns once it has rung more often than `rings`, or when the task is cancelled.
    func wait(after rings: UInt64) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isParked = state.withLock { state in
                    if state.rings > rings || Task.isCancelled { return false }
                    state.waiting[id] = continuation
                    return true
                }
                if !isParked { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }
}
