import AlmanacRuntime
import Metrics
import ServiceLifecycle
import Synchronization

/// One command's wait; it ends once, whoever ends it.
final class HotWait: Sendable {
    private let continuation: Mutex<CheckedContinuation<Void, Never>?>

    init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = Mutex(continuation) }

    var isOver: Bool { continuation.withLock { $0 == nil } }

    func end() { continuation.withLock { $0.take() }?.resume() }
}
