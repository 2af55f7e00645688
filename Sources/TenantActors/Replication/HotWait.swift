import AlmanacRuntime
import Metrics
import ServiceLifecycle
import Synchronization

/// One command's wait. Only the first call of `end` has an effect.
final class HotWait: Sendable {
    private let continuation: Mutex<CheckedContinuation<Void, Never>?>

    init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = Mutex(continuation) }

    var isOver: Bool { continuation.withLock { $0 == nil } }

    func end() { continuation.withLock { $0.take() }?.resume() }
}
