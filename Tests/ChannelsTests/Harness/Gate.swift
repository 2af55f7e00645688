import Dispatch

/// Holds a server's thread at a place until a test lets it go on.
final class Gate: Sendable {
    private let barrier = DispatchSemaphore(value: 0)
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init() { (arrivals, arrival) = AsyncStream.makeStream() }

    /// Blocks the calling thread until the gate is opened, once for each call.
    func pass() {
        arrival.yield()
        barrier.wait()
    }

    func open() { barrier.signal() }

    /// Waits until somebody stands at the gate.
    func reached() async {
        var iterator = arrivals.makeAsyncIterator()
        await iterator.next()
    }
}
