import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

@testable import HTTP

/// The way from one node to another, over real sockets: nothing of it is a client's business.
@Suite(.timeLimit(.minutes(1))) struct HTTPNodeLineTests {
    /// Answers with what it was asked, and remembers it.
    private struct Echo: HTTPResponder {
        let heard: @Sendable (HTTPFields) -> Void
        var headers: HTTPFields = [:]

        func respond(to request: Request, context: APIContext) async throws -> Response {
            heard(request.headers)
            return Response(status: .created, headers: headers, body: .init(byteBuffer: ByteBuffer(string: "echo")))
        }
    }

    /// Runs the body with the address of a listener of this responder.
    private func listening(
        _ responder: some HTTPResponder<APIContext>, _ body: @Sendable @escaping (String) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: quiet
        )
        let group = ServiceGroup(configuration: .init(services: [application], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var numbers = ports.makeAsyncIterator()
            let number = try #require(await numbers.next())
            try await body("http://127.0.0.1:\(number)")
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func send(
        _ secret: String, to url: String, _ headers: HTTPFields = [:]
    ) async -> ForwardOutcome {
        let line = HTTPNodeLine(secret: secret)
        var head = HTTPRequest(method: .get, scheme: "http", authority: "public.example", path: "/api/v1/calendars")
        head.headerFields = headers
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let outcome = await line.send(
            ForwardedRequest(head: request, body: ByteBuffer(), requestID: "r-1"), to: url
        )
        await line.close()
        return outcome
    }

    @Test func nothingOfTheHopIsPassedOnEitherWay() async throws {
        let heard = Mutex<HTTPFields>([:])
        let echo = Echo(
            heard: { headers in heard.withLock { $0 = headers } },
            headers: [headerName("X-Almanac-Whatever"): "1", headerName("X-Kept"): "1"]
        )
        try await listening(InternalResponder(router: echo, secret: "secret")) { url in
            let said: HTTPFields = [
                InternalHeaders.secret: "a client's", headerName("x-ALMANAC-moving"): "1", headerName("X-Own"): "2",
            ]
            guard case .answered(let response) = await send("secret", to: url, said) else {
                Issue.record("not answered")
                return
            }
            #expect(response.status == .created)
            #expect(response.headers[headerName("X-Kept")] == "1")
            #expect(!response.headers.contains { $0.name.canonicalName.hasPrefix("x-almanac") })
            let headers = heard.withLock { $0 }
            #expect(headers[values: InternalHeaders.secret] == ["secret"])
            #expect(headers[InternalHeaders.moving] == nil && headers[headerName("X-Own")] == "2")
        }
    }

    /// A node with another key, and an address at which something else answers: their words are not for the client.
    @Test func whatDoesNotTakeThisNodeForOneIsNotHeard() async throws {
        let echo = Echo(heard: { _ in Issue.record("it was carried out") })
        try await listening(InternalResponder(router: echo, secret: "another")) { url in
            guard case .notTaken = await send("secret", to: url) else {
                Issue.record("its refusal was taken for an answer")
                return
            }
        }
        try await listening(Echo(heard: { _ in })) { url in
            guard case .broken = await send("secret", to: url) else {
                Issue.record("a stranger's answer was passed on")
                return
            }
        }
    }
}
