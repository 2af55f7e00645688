import AlmanacRuntime
import Metrics
import Synchronization
import TenantActors

/// The way from everyone who has something for a client to the one task that writes to its socket.
///
/// Nothing here waits but ``next()``, for the writer, and ``room()``, for the reader.
package final class SendQueue: Sendable {
    private struct Guarded {
        var state: SendQueueState
        var writer: CheckedContinuation<Void, Never>?
        var reader: CheckedContinuation<Void, Never>?
    }

    private let guarded: Mutex<Guarded>
    /// Called once, when the connection begins to close: it must not stay open for long.
    private let onClosing: @Sendable () -> Void

    init(_ settings: RealtimeSettings = RealtimeSettings(), onClosing: @escaping @Sendable () -> Void = {}) {
        guarded = Mutex(Guarded(state: SendQueueState(settings)))
        self.onClosing = onClosing
    }

    /// Changes the state, then wakes whom the change concerns.
    func change<R: Sendable>(_ body: (inout SendQueueState) -> R) -> R {
        let (result, writer, reader) = guarded.withLock { guarded in
            let result = body(&guarded.state)
            let writer = guarded.state.isReady ? guarded.writer.take() : nil
            let reader = guarded.state.hasRoom ? guarded.reader.take() : nil
            return (result, writer, reader)
        }
        writer?.resume()
        reader?.resume()
        return result
    }

    var isOpen: Bool { guarded.withLock { $0.state.phase == .open } }

    func send(_ message: Outgoing) { change { $0.send(message) } }

    package func send(_ message: SocketMessage) { send(.message(message)) }

    /// Closes the connection in the orderly way; the first who does so chooses the code.
    func close(_ close: Close) {
        if change({ $0.close(close) }) { onClosing() }
    }

    /// Ends at once: the connection is gone.
    func finish() { change { $0.finish() } }

    /// What the writer is to do next.
    func next() async -> SendQueueState.Step {
        while true {
            if let step = change({ $0.next() }) { return step }
            await wait(as: \.writer) { $0.isReady }
        }
    }

    /// Waits until there is room for another answer.
    func room() async {
        if guarded.withLock({ $0.state.hasRoom }) { return }
        await wait(as: \.reader) { $0.hasRoom }
    }

    private func wait(
        as waiter: WritableKeyPath<Guarded, CheckedContinuation<Void, Never>?>, until isOver: (SendQueueState) -> Bool
    ) async {
        await withCheckedContinuation { continuation in
            let goesOn = guarded.withLock { guarded in
                if isOver(guarded.state) { return true }
                guarded[keyPath: waiter] = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
    }
}

/// Takes the messages of one attempt of one subscription to its send queue.
final class FeedReceiver: FeedSink {
    private let sendQueue: SendQueue
    private let ticket: FeedTicket

    init(sendQueue: SendQueue, ticket: FeedTicket) {
        self.sendQueue = sendQueue
        self.ticket = ticket
    }

    func receive(_ message: FeedMessage) {
        let dropped = sendQueue.change { $0.receive(message, for: ticket) }
        if dropped > 0 { RealtimeMetrics.dropped.increment(by: dropped) }
    }
}
