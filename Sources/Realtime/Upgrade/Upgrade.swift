import HTTPTypes
import Metrics
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// Decides about one handshake and, if it is granted, serves the socket.
struct Upgrade {
    private let connection: OpeningConnection
    private let service: any SocketService
    private var channel: any Channel { connection.channel }

    init(_ connection: OpeningConnection, _ service: any SocketService) {
        self.connection = connection
        self.service = service
    }

    func run(_ head: HTTPRequestHead, _ handshake: Handshake) async {
        guard let request = try? HTTPRequest(head, secure: false, splitCookie: false) else {
            channel.close(promise: nil)
            return
        }
        switch handshake {
        case .none: channel.close(promise: nil)
        case .malformed(let detail): await refuse(.badRequest, "invalid_handshake", detail, request)
        case .otherVersion:
            let detail = "The only WebSocket version is \(Handshake.version)."
            await refuse(.upgradeRequired, "upgrade_required", detail, request)
        case .wellFormed(let subprotocol):
            guard service.connections.enter() else {
                let detail = "More connections are open than this server takes on. Try again."
                return await refuse(.serviceUnavailable, "overloaded", detail, request)
            }
            let refusal = await serve(head, request, subprotocol)
            service.connections.leave()
            if let refusal { await refuse(refusal) }
        }
    }

    /// Asks the service and serves the socket to its end; answers what to refuse the handshake with, if it is.
    private func serve(_ head: HTTPRequestHead, _ request: HTTPRequest, _ subprotocol: String?) async -> Refusal? {
        switch await admission(request) {
        case nil: return nil
        case .refused(let response, let body): return (response, body)
        case .admitted(let makeHandler):
            do {
                return try await upgrade(head, request, subprotocol, makeHandler)
            } catch {
                channel.close(promise: nil)
                return nil
            }
        }
    }

    /// What the service says; nil if it took too long, which the client has been told then.
    private func admission(_ request: HTTPRequest) async -> SocketAdmission? {
        await withTaskGroup(of: SocketAdmission?.self) { group in
            group.addTask { await service.admit(request) }
            group.addTask {
                do { try await Task.sleep(for: service.configuration.admissionTimeout) } catch { return nil }
                // The client does not wait for a service that does not care about being cancelled.
                await refuse(.serviceUnavailable, "overloaded", "The decision took too long. Try again.", request)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func upgrade(
        _ head: HTTPRequestHead, _ request: HTTPRequest, _ subprotocol: String?,
        _ makeHandler: @Sendable (SendQueue) -> any MessageHandler
    ) async throws -> Refusal? {
        let headers = try await responseHeaders(head, subprotocol)
        let configuration = service.configuration
        let channel = channel
        let sendQueue = SendQueue(limits: SendQueueState.Limits(configuration)) {
            let timeout = TimeAmount(configuration.closeTimeout)
            channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
        }
        let handler = makeHandler(sendQueue)
        let maxFrame = configuration.maxMessageBytes
        let negotiator = connection.negotiator
        let outcome = try await channel.eventLoop.flatSubmit {
            negotiator.value.upgrade(headers) { channel in
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: maxFrame)))
                try pipeline.addHandler(SocketWatch(sendQueue: sendQueue, configuration: configuration))
                return try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)
                )
            }
        }.get()
        switch outcome {
        case .gone: return nil
        case .draining:
            let detail = "The server is shutting down. Try again."
            return service.problem(.serviceUnavailable, code: "draining", detail: detail, for: request)
        case .upgraded(let socket):
            await Socket(
                channel: socket, sendQueue: sendQueue, handler: handler, maxMessageBytes: configuration.maxMessageBytes
            ).run()
            return nil
        }
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

    // MARK: Refusing

    private typealias Refusal = (head: HTTPResponse, body: ByteBuffer)

    private func refuse(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String, _ request: HTTPRequest
    ) async {
        var (response, body) = service.problem(status, code: code, detail: detail, for: request)
        if status == .upgradeRequired {
            response.headerFields.append(HTTPField(name: .connection, value: "close, upgrade"))
            response.headerFields[.upgrade] = "websocket"
            response.headerFields[.secWebSocketVersion] = Handshake.version
        }
        await refuse((response, body))
    }

    /// Returns when the connection is closed.
    private func refuse(_ refusal: Refusal) async {
        RealtimeMetrics.refused.increment()
        let negotiator = connection.negotiator
        let timeout = TimeAmount(service.configuration.closeTimeout)
        channel.eventLoop.execute { negotiator.value.refuse(refusal.head, refusal.body, closingWithin: timeout) }
        try? await channel.closeFuture.get()
    }
}

extension SendQueueState.Limits {
    init(_ configuration: RealtimeConfiguration) {
        self.init()
        maxSubscriptions = configuration.maxSubscriptions
        maxBytes = configuration.maxBufferedBytes
        maxMessages = configuration.maxBufferedMessages
    }
}
