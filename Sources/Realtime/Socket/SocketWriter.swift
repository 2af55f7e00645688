import Metrics
import NIOCore
import TenantActors

/// The one task that writes to a socket.
struct SocketWriter {
    let sendQueue: SendQueue
    let handler: any MessageHandler
    let eventLoop: any EventLoop
    /// From here on a write is waited for.
    private static let longWrite = 65_536

    /// Writes until the connection ends. Each write waits until the socket takes more (RFC 6455 has no flow control of
    /// its own), so what piles up meanwhile piles up in the send queue, which is bounded.
    func run(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async {
        await withDiscardingTaskGroup { chores in
            do {
                while true {
                    switch await sendQueue.next() {
                    case .write(let messages):
                        try await write(messages, to: outbound)
                    case .writeLast(let messages):
                        try await write(messages, to: outbound)
                        chores.cancelAll()
                        return
                    case .resynchronize(let ticket, let live):
                        await resynchronize(ticket, live)
                    case .attend(let chore):
                        let handler = handler
                        chores.addTask { await handler.attend(to: chore) }
                    case .finish:
                        chores.cancelAll()
                        return
                    }
                }
            } catch {
                // The connection is gone; the reader notices by itself.
                sendQueue.finish()
                chores.cancelAll()
            }
        }
    }

    private func write(_ messages: [Outgoing], to outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws {
        RealtimeMetrics.sent.increment(by: messages.count)
        // What they hold together with others is given back when they are written.
        defer { withExtendedLifetime(messages) {} }
        let frames = FrameComposer.frames(messages)
        if frames.count == 1 {
            try await outbound.write(frames[0])
        } else {
            try await outbound.write(contentsOf: frames)
        }
        // A write comes back before the event loop has seen it. Once it has, the next waits until little is left of it.
        guard frames.reduce(0, { $0 + $1.readableBytes }) > Self.longWrite else { return }
        try await eventLoop.submit {}.get()
        try await outbound.write(ByteBuffer())
    }

    private func resynchronize(_ ticket: FeedTicket, _ live: any FeedSubscription) async {
        RealtimeMetrics.resynchronizations.increment()
        var isSent = true
        do { try await live.resynchronize() } catch { isSent = false }
        sendQueue.change { $0.resynchronized(ticket, isSent: isSent) }
    }
}
