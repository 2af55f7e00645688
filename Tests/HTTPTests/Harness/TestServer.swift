@testable import JSON
@testable import PostgresDriver
@testable import SQL
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Scheduling
import TenantActors
import Testing

@testable import AlmanacRuntime
@testable import HTTP
@testable import Server

/// The whole server on a database file of its own and a clock that tests move, asked without sockets.
final class TestServer: Sendable {
    static let operatorToken = "operator-token-for-tests"
    static let jwtSecret = "a secret of more than 32 bytes for tests"
    /// A Sunday noon; the calendars of fixtures open on the Monday after.
    static let start = "2026-11-01T12:00:00Z"

    let server: AlmanacServer
    let clock: ManualClock
    private let channel = NIOAsyncTestingChannel()
    private let logger: Logger

    private init(server: AlmanacServer, clock: ManualClock, logger: Logger) {
        self.server = server
        self.clock = clock
        self.logger = logger
    }

    /// Runs `body` against a server that is up; `settings` are keys of the configuration.
    ///
    /// - Parameter counting: put between the server and its database.
    static func run(
        settings: [String: String] = [:], now: String = start, path: String? = nil,
        counting: CountingDatabase? = nil, _ body: (TestServer) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let test = try await open(
            path: path ?? folder + "/test.db", settings: settings, now: now, counting: counting
        )
        try await test.serving { try await body(test) }
    }

    /// A server whose commit log is not running yet: what it is asked to write waits.
    static func open(
        path: String, settings: [String: String] = [:], now: String = start,
        counting: CountingDatabase? = nil
    ) async throws -> TestServer {
        var settings = settings
        settings["database.url"] = try await PostgresSandbox.shared?.database(for: path) ?? "sqlite://\(path)"
        settings["encryption.key"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        settings["operator.token"] = operatorToken
        settings["jwt.secret"] = jwtSecret
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let clock = ManualClock(try #require(Instant(rfc3339: now)))
        let configuration = try await ConfigurationLoader.load(ChannelSet.settings, path: nil, overrides: settings)
        let server = try await AlmanacServer(
            configuration, logger: logger, clock: clock,
            observing: { database in
                counting?.count(database) ?? database
            })
        return TestServer(server: server, clock: clock, logger: logger)
    }

    /// Runs the commit log while `body` runs, then drains it and closes the database.
    func serving(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let log = server.log
            group.addTask { try await log.run() }
            // Leases end in seconds; whoever tests for longer has them renewed.
            let leases = server.node?.leases
            let renewal = Task { try await leases?.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            log.drain()
            try await group.waitForAll()
            renewal.cancel()
            _ = await renewal.result
            await server.close()
            try result.get()
        }
    }

    /// Sends one request straight to the responder. Whatever comes back is held against the written contract.
    func send(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: [UInt8]? = nil
    ) async throws -> Answer {
        let answer = try await sendUnchecked(method, path, headers: headers, body: body)
        ContractCheck.check(answer, to: method, path)
        return answer
    }

    /// The same, but not held against the contract: where a server that is overloaded is what is wanted, or an answer is
    /// longer than anybody reads.
    func sendUnchecked(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: [UInt8]? = nil
    ) async throws -> Answer {
        var headers = headers
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        if headers[.contentType] == "" { headers[.contentType] = nil }
        let request = Request(
            head: HTTPRequest(method: method, scheme: "http", authority: "test", path: path, headerFields: headers),
            body: RequestBody(buffer: ByteBuffer(bytes: body ?? []))
        )
        let context = APIContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        let response = try await server.responder.respond(to: request, context: context)
        let collector = BodyCollector()
        try await response.body.write(collector)
        return Answer(status: response.status.code, headers: response.headers, bytes: await collector.bytes)
    }

    /// How many rows each table has: what a refused request must not change.
    func rowCounts() async throws -> [String: Int] {
        let catalog =
            server.record.database is SQLiteDatabase
            ? "SELECT name FROM sqlite_master WHERE type = 'table'"
            : "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
        let tables = try await query(catalog)
        var counts: [String: Int] = [:]
        for row in tables {
            let name = try row.text(0)
            let count = try await query("SELECT COUNT(*) FROM \"\(name)\"").first
            counts[name] = try count?.int(0)
        }
        return counts
    }

    /// Reads the database behind the server's back.
    func query(_ sql: String) async throws -> [SQLRow] {
        if let sqlite = server.record.database as? SQLiteDatabase { return try sqlite.store.query(sql, []) }
        return try await behind { try await $0.query(sql) }
    }

    /// Changes the database behind the server's back.
    func execute(_ sql: String) async throws {
        switch server.record.database {
        case let sqlite as SQLiteDatabase: try sqlite.store.write("test") { try $0.execute(sql: sql) }
        case is PostgresDatabase:
            try await behind { session in
                // A crowd of a million takes its time.
                try await session.execute("SET statement_timeout = 0")
                try await session.execute(sql)
            }
        default: Issue.record("an unknown database")
        }
    }

    /// Where the record is, if that is PostgreSQL.
    var postgresURL: String? {
        if case .postgres(let url) = server.configuration.database { url } else { nil }
    }

    /// Runs the body with a connection of the one who logs in, whom row security does not bind.
    private func behind<T>(_ body: (PostgresSession) async throws -> T) async throws -> T {
        let url = try #require(postgresURL)
        return try await PostgresSessions(PostgresConfiguration(url: url)).withSession(body)
    }

    /// What decides on WebSocket handshakes.
    var authorizer: UpgradeAuthorizer { server.authorizer }

    /// Every route there is.
    var routes: [Route] { SystemRoutes(registry: server.registry) { true }.table + APIRouter.apiRoutes }

    /// Takes a calendar or an organization out of memory, so that the next request loads it from the database.
    func evict(_ text: String) async throws {
        let id = try #require(ID(text))
        for (key, _) in server.tenants.calendars.residents() where key.calendar == id {
            await server.tenants.calendars.evict(key)
        }
        await server.tenants.organizations.evict(id)
    }

    /// How many changes wait to be written.
    var queued: Int { server.log.queued }
}

/// Collects what a response writes.
private actor BodyCollector: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws { bytes.append(contentsOf: buffer.readableBytesView) }

    nonisolated func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// An answer as a client sees it.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSON { (try? JSON.parse(bytes)) ?? .null }
    var etag: String? { headers[.eTag] }
    var type: String? { headers[.contentType] }
    var location: String? { headers[.location] }
    var code: String? { json["code"]?.string }
    var retryAfter: String? { headers[.retryAfter] }
    var requestID: String? { headers[EdgeMiddleware.requestIDHeader] }
    var isReplay: Bool { headers[Reply.idempotentReplayed] == "true" }

    /// `pointer code` of each field error, sorted.
    var errors: [String] {
        (json["errors"]?.array ?? []).map { "\($0["pointer"]?.string ?? "?") \($0["code"]?.string ?? "?")" }.sorted()
    }

    /// The codes of a refusal's or an explanation's reasons.
    var reasons: [String] { (json["reasons"]?.array ?? []).compactMap { $0["code"]?.string } }

    /// The starts of a flat availability answer.
    var starts: [String] { (json["slots"]?.array ?? []).compactMap { $0["start"]?.string } }

    subscript(key: String) -> JSON? { json[key] }

    /// This answer, after an issue if its status is another one.
    @discardableResult
    func expect(_ status: Int, _ code: String? = nil, at location: SourceLocation = #_sourceLocation) -> Answer {
        if self.status != status || (code != nil && code != self.code) {
            let wanted = [String(status), code].compactMap(\.self).joined(separator: " ")
            Issue.record("expected \(wanted), got \(self.status): \(text.prefix(600))", sourceLocation: location)
        }
        return self
    }
}
