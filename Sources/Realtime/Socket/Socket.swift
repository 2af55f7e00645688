import Metrics
import NIOCore
import NIOWebSocket

/// One upgraded connection, from its first frame to its last.
struct Socket {
    let channel: NIOAsyncChannel<WebSocketFrame, ByteBuffer>
    let sendQueue: SendQueue
    let handler: any MessageHandler
    let maxMessageBytes: Int

    /// Returns when the connection is closed.
    func run() async {
        await withTaskCancellationHandler {
            do {
                try await channel.executeThenClose { inbound, outbound in
                    async let writing: Void = SocketWriter(
                        sendQueue: sendQueue, handler: handler, eventLoop: channel.channel.eventLoop
                    ).run(outbound)
                    let isClosing = await read(inbound)
                    if !isClosing { sendQueue.finish() }
                    await writing
                    guard isClosing else { return }
                    // A close that overtakes bytes of the client would reset the connection and take our Close frame
                    // with it (RFC 6455 §7.1.1). What does not close by itself is closed after the close timeout.
                    outbound.finish()
                    try await channel.channel.closeFuture.get()
                }
            } catch {
                // Closing what is closed already.
            }
        } onCancel: {
            channel.channel.close(promise: nil)
        }
        sendQueue.finish()
        await handler.end()
    }

    /// Reads until the connection ends. True if it ends in the orderly way, so that a Close frame is still to be written.
    private func read(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async -> Bool {
        var assembler = MessageAssembler(maxBytes: maxMessageBytes, acceptsBinary: handler.acceptsBinary)
        do {
            for try await frame in inbound {
                guard sendQueue.isOpen else {
                    // We closed: all that is waited for is the client's answer (§7.1.2).
                    if frame.opcode == .connectionClose { return true }
                    continue
                }
                do throws(Close) {
                    switch try assembler.take(frame) {
                    case nil, .pong: break
                    case .ping(let payload): sendQueue.send(.pong(payload))
                    case .close(let close):
                        sendQueue.close(Close(close.code))
                        return true
                    case .message(let message):
                        RealtimeMetrics.received.increment()
                        await handler.receive(message)
                    }
                } catch {
                    sendQueue.close(error)
                    // Both have said it, however badly: nothing is left to wait for.
                    if frame.opcode == .connectionClose { return true }
                }
                await sendQueue.room()
            }
            return false
        } catch let error as NIOWebSocketError {
            sendQueue.close(Self.close(error))
            return true
        } catch {
            return false
        }
    }

    private static func close(_ error: NIOWebSocketError) -> Close {
        switch error {
        case .invalidFrameLength: Close(.messageTooBig, "the frame is too long")
        case .fragmentedControlFrame, .multiByteControlFrameLength:
            Close(.protocolError, "control frames must be whole and short")
        }
    }
}
