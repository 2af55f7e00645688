@testable import PostgresDriver
import AlmanacRuntime
import Foundation
import Synchronization
import Testing

/// Databases on a real PostgreSQL, one for each test server: with `ALMANAC_TEST_STORE=postgres` every test of this target
/// runs on it instead of SQLite.
actor PostgresSandbox {
    static let shared: PostgresSandbox? = {
        let environment = ProcessInfo.processInfo.environment
        guard environment["ALMANAC_TEST_STORE"] == "postgres" else { return nil }
        guard let url = environment["ALMANAC_TEST_POSTGRES_URL"] else {
            Issue.record("ALMANAC_TEST_STORE=postgres wants ALMANAC_TEST_POSTGRES_URL: run scripts/services start")
            return nil
        }
        return PostgresSandbox(url: url)
    }()

    private let url: String
    private let sessions: PostgresSessions
    private let prefix = "almanac_test_\(UInt32.random(in: 1...UInt32.max))"
    private var count = 0
    private var template: Task<String, any Error>?

    private init(url: String) {
        self.url = url
        sessions = PostgresSessions(PostgresConfiguration(url: url), limit: 1, maxWaiting: 10_000)
    }

    private var databases: [String: String] = [:]

    /// The address of a database with the current schema: a new one for each path, as there is a new file for each.
    func database(for path: String) async throws -> String {
        if let known = databases[path] { return known }
        if template == nil { template = Task { try await self.makeTemplate() } }
        let template = try await template?.value ?? ""
        count += 1
        let name = "\(prefix)_\(count)"
        try await run("CREATE DATABASE \(name) TEMPLATE \(template)")
        databases[path] = address(name)
        return address(name)
    }

    private func makeTemplate() async throws -> String {
        let name = "\(prefix)_template"
        try await run("CREATE DATABASE \(name)")
        try await PostgresDatabase.migrator(PostgresConfiguration(url: address(name))).migrate()
        return name
    }

    private func run(_ sql: String) async throws {
        try await sessions.withSession { session in try await session.execute(sql) }
    }

    private func address(_ name: String) -> String {
        guard var parts = URLComponents(string: url) else { return url }
        parts.path = "/" + name
        return parts.string ?? url
    }
}
