import NIOCore
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

    func tell(_ message: FeedView.Told) {
        switch message.kind {
        case .slots, .lateSlots:
            let previous = seq.exchange(message.seq, ordering: .acquiringAndReleasing)
            sink.receive(.slots(previous: previous, seq: message.seq, tail: message.tail))
        case .appointment:
            if includesAppointments { sink.receive(.appointment(seq: message.seq, tail: message.tail)) }
        }
    }

    func tellAll(seq: Int64, _ snapshot: FeedSnapshot) {
        self.seq.store(seq, ordering: .releasing)
        sink.receive(.snapshot(seq: seq, tail: snapshot.tail, share: snapshot.share))
    }

    func end() { sink.receive(.ended) }
}
