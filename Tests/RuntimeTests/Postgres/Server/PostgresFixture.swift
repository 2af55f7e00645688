@testable import SQL
@testable import PostgresDriver
import Foundation
import Logging
import Scheduling
import Testing

@testable import AlmanacRuntime

/// The tests' server, and a database of its own for each suite.
enum PostgresFixture {
    /// Where the server is: `scripts/services start` writes it to `.services/env`.
    static let server = ProcessInfo.processInfo.environment["ALMANAC_TEST_POSTGRES_URL"] ?? ""
    static let isThere = !server.isEmpty
    static let hint: Comment =
        "ALMANAC_TEST_POSTGRES_URL is not set: run scripts/services start, then set -a; . .services/env; set +a"

    /// The suite's database.
    @TaskLocal static var url = ""

    static func url(of database: String) -> String {
        guard let scheme = server.range(of: "://") else { return server }
        let rest = server[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let options = rest.firstIndex(of: "?").map { rest[$0...] } ?? ""
        return server[..<scheme.upperBound] + authority + "/\(database)" + options
    }

    static func configuration(_ change: (inout PostgresConfiguration) -> Void = { _ in }) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(url: url)
        configuration.deadline = .seconds(60)
        configuration.backoff = .milliseconds(1)...Duration.milliseconds(50)
        change(&configuration)
        return configuration
    }

    /// Runs the body with a pool, and closes it.
    static func withPool<T>(
        _ change: (inout PostgresConfiguration) -> Void = { _ in }, _ body: (PostgresPool) async throws -> T
    ) async throws -> T {
        let pool = try PostgresPool(
            configuration(change), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            let value = try await body(pool)
            await pool.close(within: .seconds(5))
            return value
        } catch {
            await pool.close(within: .seconds(5))
            throw error
        }
    }

    @discardableResult
    static func withSession<T>(_ body: (PostgresSession) async throws -> T) async throws -> T {
        try await PostgresSessions(configuration()).withSession(body)
    }

    static func execute(_ sql: String) async throws {
        try await withSession { try await $0.execute(sql) }
    }
}

/// Gives a suite a database, and takes it away behind it. Without a server the suite is skipped.
struct PostgresDatabaseTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let name = "almanac_test_\(UUID().uuidString.prefix(8).lowercased())"
        var configuration = PostgresConfiguration(url: PostgresFixture.server)
        // Dropping a database waits for a checkpoint, which on a busy machine may take long.
        configuration.session = []
        let server = PostgresSessions(configuration)
        try await server.withSession { try await $0.execute("CREATE DATABASE \(name)") }
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await PostgresFixture.$url.withValue(PostgresFixture.url(of: name)) { try await function() }
            )
        } catch {
            result = .failure(error)
        }
        try await server.withSession { try await $0.execute("DROP DATABASE \(name) WITH (FORCE)") }
        try result.get()
    }
}

extension Trait where Self == PostgresDatabaseTrait {
    static var ownDatabase: Self { PostgresDatabaseTrait() }
}

extension Trait where Self == ConditionTrait {
    static var needsPostgres: Self { .enabled(if: PostgresFixture.isThere, PostgresFixture.hint) }
}

extension PostgresUnit {
    /// A unit of one statement.
    init(
        _ access: Access, _ sql: String, _ values: [SQLValue] = [], writer: Int? = nil, deadline: Duration? = nil,
        transaction: Transaction = .implicit
    ) {
        self.init(access, transaction: transaction, writer: writer, deadline: deadline)
        add(PostgresStatement(sql, values.map { .one(PostgresType(of: $0) ?? .text) }), values: values)
    }
}
