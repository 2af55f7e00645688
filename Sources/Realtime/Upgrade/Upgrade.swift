import AlmanacRuntime
import HTTPTypes
import Metrics
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// Decides about one handshake and, if it is granted, serves the socket.
struct Upgrade {
    let connection: OpeningConnection
    let service: any SocketService
    private var channel: any Channel { connection.channel }

    func run(_ head: HTTPRequestHead, _ handshake: Handshake) async {
        do {
            switch handshake {
            case .none: channel.close(promise: nil)
            case .malformed(let detail): throw ConnectionFault.handshake(detail)
            case .otherVersion: throw ConnectionFault.webSocketVersion
            case .wellFormed(let subprotocol): try await serve(head, subprotocol)
            }
        } catch {
            await refuse(error)
        }
    }

    /// Asks the service and serves the socket to its end; throws what the handshake is refused for.
    private func serve(_ head: HTTPRequestHead, _ subprotocol: String?) async throws {
        guard service.connections.enter() else { throw ConnectionFault.full }
        defer { service.connections.leave() }
        guard let request = try? HTTPRequest(head, secure: false, splitCookie: false) else {
            channel.close(promise: nil)
            return
        }
        if let makeHandler = try await admission(request) { try await upgrade(head, subprotocol, makeHandler) }
    }

    /// What the service says; nil if it took too long, which the client has been told then.
    private func admission(
        _ request: HTTPRequest
    ) async throws -> MakeHandler? {
        try await withThrowingTaskGroup(of: MakeHandler?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await service.admit(request) }
            group.addTask {
                do { try await Task.sleep(for: service.settings.admissionTimeout) } catch { return nil }
                // The client does not wait for a service that does not care about being cancelled.
                await refuse(ConnectionFault.undecided)
                return nil
            }
            return try await group.next() ?? nil
        }
    }

    private func upgrade(
        _ head: HTTPRequestHead, _ subprotocol: String?, _ makeHandler: MakeHandler
    ) async throws(ConnectionFault) {
        let settings = service.settings
        let channel = channel
        let sendQueue = SendQueue(settings) {
            let timeout = TimeAmount(settings.closeTimeout)
            channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
        }
        let handler = makeHandler(sendQueue)
        switch try? await leaveHTTP(head, subprotocol, sendQueue) {
        case nil: channel.close(promise: nil)
        case .gone: break
        case .draining: throw .draining
        case .upgraded(let socket):
            await Socket(
                channel: socket, sendQueue: sendQueue, handler: handler, maxMessageBytes: settings.maxMessageBytes
            ).run()
        }
    }

    private func leaveHTTP(
        _ head: HTTPRequestHead, _ subprotocol: String?, _ sendQueue: SendQueue
    ) async throws -> UpgradeNegotiator.Outcome {
        let headers = try await responseHeaders(head, subprotocol)
        let negotiator = connection.negotiator
        let settings = service.settings
        return try await channel.eventLoop.flatSubmit {
            negotiator.value.upgrade(headers) { channel in
                let pipeline = channel.pipeline.syncOperations
                let decoder = WebSocketFrameDecoder(maxFrameSize: settings.maxMessageBytes)
                try pipeline.addHandler(ByteToMessageHandler(decoder))
                try pipeline.addHandler(SocketWatch(sendQueue: sendQueue, settings: settings))
                return try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)
                )
            }
        }.get()
    }

    /// The headers of the 101 (RFC 6455 §4.2.2, 5).
    private func responseHeaders(_ head: HTTPRequestHead, _ subprotocol: String?) async throws -> HTTPHeaders {
        var headers = HTTPHeaders()
        if let subprotocol { headers.add(name: "Sec-WebSocket-Protocol", value: subprotocol) }
        let extra = headers
        // NIO's own upgrader is not used, but it knows how to compute Sec-WebSocket-Accept.
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(extra) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        )
        return try await upgrader.buildUpgradeResponse(
            channel: channel, upgradeRequest: head, initialResponseHeaders: HTTPHeaders()
        ).get()
    }

    /// Answers with a refusal; returns when the connection is closed.
    private func refuse(_ error: any Error) async {
        RealtimeMetrics.refused.increment()
        let answer = service.answer(to: error)
        var head = answer.head
        if error as? ConnectionFault == .webSocketVersion {
            head.headerFields.append(HTTPField(name: .connection, value: "close, upgrade"))
            head.headerFields[.upgrade] = "websocket"
            head.headerFields[.secWebSocketVersion] = Handshake.version
        }
        let (negotiator, timeout) = (connection.negotiator, TimeAmount(service.settings.closeTimeout))
        channel.eventLoop.execute { [head] in negotiator.value.refuse(head, answer.body, closingWithin: timeout) }
        try? await channel.closeFuture.get()
    }
}
