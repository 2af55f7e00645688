import AlmanacRuntime
import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOPosix
import Scheduling

/// Speaks HTTP/1.1 with other nodes, over connections that stay open.
public struct HTTPNodeLine: NodeLine {
    /// How long a node may take to answer.
    private static let deadline = TimeAmount.seconds(15)
    /// The largest answer that is passed on, in bytes.
    private static let maxAnswerBytes = 64 * 1_048_576
    /// Headers that concern one connection only (RFC 9110 §7.6.1), and headers that this node sets itself.
    private static let hopByHop: Set<ExactText> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
        "upgrade", "content-length", "host", "date", "server", "expect",
    ]

    private static func isPassedOn(_ canonicalName: String) -> Bool {
        !hopByHop.contains(canonicalName.exact) && !InternalHeaders.contains(canonicalName)
    }

    private let client: HTTPClient
    private let secret: String

    /// - Parameter secret: the secret that the internal listeners of all nodes know.
    public init(secret: String) {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(1)
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        // Shorter than a listener's idle time, so that a request seldom meets a connection that is closing.
        configuration.connectionPool.idleTimeout = .seconds(30)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
        self.secret = secret
    }

    public func close() async { try? await client.shutdown() }

    public func send(_ request: ForwardedRequest, to url: String) async -> ForwardOutcome {
        var outgoing = HTTPClientRequest(url: url + request.head.uri.string)
        // For HEAD, this node requests the whole answer with GET and removes its body, as from an answer of its own.
        outgoing.method = request.head.method == .head ? .GET : HTTPMethod(rawValue: request.head.method.rawValue)
        for field in request.head.headers where Self.isPassedOn(field.name.canonicalName) {
            outgoing.headers.add(name: field.name.rawName, value: field.value)
        }
        outgoing.headers.replaceOrAdd(name: EdgeMiddleware.requestIDHeader.rawName, value: request.requestID)
        outgoing.headers.replaceOrAdd(name: InternalHeaders.secret.rawName, value: secret)
        if request.body.readableBytes > 0 { outgoing.body = .bytes(request.body) }
        do {
            let answer = try await client.execute(outgoing, deadline: .now() + Self.deadline)
            let body = try await answer.body.collect(upTo: Self.maxAnswerBytes)
            if answer.headers.contains(name: InternalHeaders.moving.rawName) { return .notTaken }
            // Something other than a node answers at this address. The client must not see its answer.
            guard answer.headers.contains(name: InternalHeaders.answered.rawName) else { return .broken }
            var headers: HTTPFields = [:]
            for (name, value) in answer.headers {
                guard let name = HTTPField.Name(name), Self.isPassedOn(name.canonicalName) else { continue }
                headers.append(HTTPField(name: name, value: value))
            }
            return .answered(
                Response(
                    status: .init(code: Int(answer.status.code)), headers: headers,
                    body: ResponseBody(byteBuffer: body)
                )
            )
        } catch {
            return Self.wasNotSent(error) ? .notTaken : .broken
        }
    }

    /// Whether the error means that no connection could be opened, so nothing was sent.
    private static func wasNotSent(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError: true
        case let error as HTTPClientError:
            error == .connectTimeout || error == .getConnectionFromPoolTimeout || error == .alreadyShutdown
        case let error as ChannelError:
            if case .connectTimeout = error { true } else { false }
        case let error as IOError: error.errnoCode == ECONNREFUSED || error.errnoCode == EHOSTUNREACH
        default: false
        }
    }
}
