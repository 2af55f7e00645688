@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Scheduling
import Synchronization
import Testing

@testable import HTTP
@testable import Server

/// Requests that arrive at a node that does not own their organization.
@Suite struct ForwarderTests {
    private struct Bench {
        let forwarder: Forwarder
        let organization: String
        let leases: ShardLeases
        let record: ScriptedLeases
        let key: String

        func send(_ method: HTTPRequest.Method, body: String = "") async throws -> Response {
            var head = HTTPRequest(method: method, scheme: "http", authority: "test", path: "/api/v1/calendars")
            head.headerFields[.authorization] = "Bearer \(key)"
            let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let context = APIContext(
                source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger)
            )
            return try await forwarder.answer(request, context, at: .owner) { _, _ in
                Response(status: .init(code: 299))
            }
        }

        /// The status of the answer to a request with this credential, through a router that reads the path.
        func ask(_ path: String, _ credential: String?, at place: AnsweringNode) async throws -> Int {
            var head = HTTPRequest(method: .patch, scheme: "http", authority: "test", path: path)
            head.headerFields[.authorization] = credential
            let router = Router(context: APIContext.self)
            let (forwarder, local) = (forwarder, Response(status: .init(code: 299)))
            for path in ["/organizations/{id}", "/api/v1/calendars"] {
                router.patch(RouterPath(path)) { request, context in
                    try await forwarder.answer(request, context, at: place) { _, _ in local }
                }
            }
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            return try await router.buildResponder().respond(
                to: Request(head: head, body: RequestBody(buffer: ByteBuffer(string: "{}"))),
                context: APIContext(
                    source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger)
                )
            ).status.code
        }
    }

    /// - Parameter patience: longer than any machine takes, but where it is to come to its end.
    private func run(
        _ line: ScriptedLine, patience: Duration = .seconds(60), _ body: @escaping (Bench) async throws -> Void
    ) async throws {
        try await TestServer.run { test in
            let made = try await test.send(
                .post, "/api/v1/platform/organizations",
                headers: [.authorization: "Bearer \(TestServer.operatorToken)"], body: Array(#"{"name":"Org"}"#.utf8)
            ).expect(201)
            let key = try #require(made["api_key"]?.string)
            let record = ScriptedLeases()
            let leases = ShardLeases(
                store: record, node: NodeIdentity(id: "a", incarnation: ID(high: 0, low: 1), url: "http://a"),
                lease: .seconds(6), mayShare: true, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await leases.join(at: "http://a")
            let forwarder = Forwarder(
                leases: leases, line: line,
                authenticator: await Authenticator(
                    tenants: test.server.tenants, operatorToken: TestServer.operatorToken, jwt: nil
                ),
                maxBodyBytes: 1_024,
                room: (ByteRoom(limit: 1_048_576), ByteRoom(limit: 1_048_576)), patience: patience
            )
            let organization = try #require(made["id"]?.string ?? made["organization"]?["id"]?.string)
            let bench = Bench(
                forwarder: forwarder, organization: organization, leases: leases, record: record, key: key
            )
            // Looks at the record whenever it is asked to, as a running node does.
            let keeper = Task { try await leases.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(bench)) } catch { result = .failure(error) }
            keeper.cancel()
            _ = await keeper.result
            try result.get()
        }
    }

    /// Who shows nothing, or nothing that counts, is answered here: 299 is what the local handler says.
    @Test(arguments: [nil, "Bearer x", "Bearer alm_live_unknown", "Basic x", "Bearer KEY"])
    func aBadCredentialIsNeverSentOn(credential: String?) async throws {
        let line = ScriptedLine { _, _ in Self.ok() }
        try await run(line) { bench async throws in
            var credential = credential
            if credential == "Bearer KEY" { credential = "Bearer \(bench.key.dropLast())" }
            let organization = bench.organization
            #expect(try await bench.ask("/api/v1/calendars", credential, at: .owner) == 299)
            #expect(try await bench.ask("/organizations/\(organization)", credential, at: .ownerOfPath) == 299)
            // A tenant's key is not the operator's token.
            let key = "Bearer \(bench.key)"
            #expect(try await bench.ask("/organizations/\(organization)", key, at: .ownerOfPath) == 299)
            #expect(line.sent.withLock { $0 } == [])
            let token = "Bearer \(TestServer.operatorToken)"
            #expect(try await bench.ask("/organizations/\(organization)", token, at: .ownerOfPath) == 201)
            #expect(line.sent.withLock { $0.count } == 1)
        }
    }

    private static func ok() -> ForwardOutcome { .answered(Response(status: .created)) }

    @Test func aRequestIsAnsweredByTheOwnerOnce() async throws {
        let line = ScriptedLine { request, _ in
            #expect(String(buffer: request.body) == "{}")
            return Self.ok()
        }
        try await run(line) { bench in
            let response = try await bench.send(.post, body: "{}")
            #expect(response.status == .created)
            #expect(line.sent.withLock { $0 } == ["POST http://b/api/v1/calendars"])
        }
    }

    @Test func whatWasNotTakenIsBroughtToTheNextOwner() async throws {
        let record = Mutex<ScriptedLeases?>(nil)
        let line = ScriptedLine { _, url in
            guard url == "http://b" else { return Self.ok() }
            record.withLock { $0?.give(to: "c", epoch: 2) }
            return .notTaken
        }
        try await run(line) { bench in
            record.withLock { $0 = bench.record }
            let response = try await bench.send(.post)
            #expect(response.status == .created)
            #expect(line.sent.withLock { $0 }.last == "POST http://c/api/v1/calendars")
        }
    }

    @Test func aWriteWithoutAnAnswerIsNotSentAgainAndAReadIs() async throws {
        let asked = Mutex(0)
        let line = ScriptedLine { _, _ in
            let number = asked.withLock { asked in
                asked += 1
                return asked
            }
            return number < 4 ? .broken : Self.ok()
        }
        try await run(line) { bench in
            let problem = await #expect(throws: Problem.self) { _ = try await bench.send(.post) }
            #expect(problem?.code == "outcome_unknown")
            #expect(line.sent.withLock { $0.count } == 1)
            let response = try await bench.send(.get)
            #expect(response.status == .created)
            #expect(line.sent.withLock { $0.count } == 4)
        }
    }

    @Test func aReadThatIsNeverAnsweredIsTriedForAMoment() async throws {
        let line = ScriptedLine { _, _ in .broken }
        try await run(line, patience: .milliseconds(300)) { bench in
            let moving = await #expect(throws: Problem.self) { _ = try await bench.send(.get) }
            #expect(moving?.code == "shard_moving" && moving?.headers[.retryAfter] == "1")
            #expect(line.sent.withLock { !$0.isEmpty })
        }
    }

    @Test func nobodyWaitsForAnOwnerThatIsStoppedPastItsLease() async throws {
        let record = Mutex<ScriptedLeases?>(nil)
        let line = ScriptedLine { _, url in
            if url == "http://c" { return Self.ok() }
            record.withLock { $0?.give(to: "c", epoch: 2) }
            // Until it is hung up on.
            for await _ in AsyncStream<Void>.makeStream().stream {}
            return .broken
        }
        try await run(line) { bench in
            record.withLock { $0 = bench.record }
            // Its first answer never comes; once another owner is known, it is let go of.
            let looker = Task {
                while !Task.isCancelled {
                    bench.leases.lookAgain()
                    await Task.yield()
                }
            }
            let response = try await bench.send(.get)
            looker.cancel()
            #expect(response.status == .created)
        }
    }

    @Test func withoutAnOwnerItIsSaidThatTheShardIsMoving() async throws {
        let line = ScriptedLine { _, _ in .broken }
        try await run(line, patience: .milliseconds(300)) { bench in
            bench.record.give(to: nil, epoch: 1)
            bench.leases.lookAgain()
            while case .there = bench.leases.place(of: ID(high: 0, low: 1)) { await Task.yield() }
            let problem = await #expect(throws: Problem.self) { _ = try await bench.send(.post) }
            #expect(problem?.code == "shard_moving")
            #expect(line.sent.withLock { $0 } == [])
        }
    }

    @Test func onlyOtherNodesAreAnsweredOnTheInternalListener() async throws {
        struct Echo: HTTPResponder {
            func respond(to request: Request, context: APIContext) async throws -> Response {
                Response(status: context.isForwarded ? .ok : .badRequest)
            }
        }
        let responder = InternalResponder(router: Echo(), secret: "the secret")
        func ask(_ secret: String?) async throws -> HTTPResponse.Status {
            var head = HTTPRequest(method: .get, scheme: "http", authority: "test", path: "/")
            if let secret { head.headerFields[InternalHeaders.secret] = secret }
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            return try await responder.respond(
                to: Request(head: head, body: RequestBody(buffer: ByteBuffer())),
                context: APIContext(
                    source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger)
                )
            ).status
        }
        #expect(try await ask(nil) == .forbidden)
        #expect(try await ask("another secret") == .forbidden)
        #expect(try await ask("the secret") == .ok)
    }
}
