import Synchronization

/// One subscriber as its calendar and the fan-out know it.
final class FeedWatcher: Sendable {
    let includesAppointments: Bool
    private let sink: any FeedSink
    /// The number of the last snapshot or slots message it was told.
    private let seq: Atomic<Int64>

    /// - Parameter seq: the number it comes with.
    init(_ sink: any FeedSink, includesAppointments: Bool, seq: Int64) {
        self.sink = sink
        self.includesAppointments = includesAppointments
        self.seq = Atomic(seq)
    }

    func tell(_ message: FeedMessage) {
        var message = message
        switch message.kind {
        case .snapshot: seq.store(message.seq, ordering: .releasing)
        case .slots: message.previous = seq.exchange(message.seq, ordering: .acquiringAndReleasing)
        case .appointment: if !includesAppointments { return }
        case .ended: break
        }
        sink.receive(message)
    }
}
