@testable import RedisDriver
import Foundation
import Logging
import Synchronization
import Testing

@testable import AlmanacRuntime

/// The tests' server, shared by all: each test has names of its own.
enum RedisFixture {
    /// Where the server is: `scripts/services start` writes it to `.services/env`.
    static let server = ProcessInfo.processInfo.environment["ALMANAC_TEST_REDIS_URL"] ?? ""
    static let isThere = !server.isEmpty
    static let hint: Comment =
        "ALMANAC_TEST_REDIS_URL is not set: run scripts/services start, then set -a; . .services/env; set +a"

    static func configuration(
        _ url: String? = nil, _ change: (inout RedisConfiguration) -> Void = { _ in }
    ) throws -> RedisConfiguration {
        var configuration = RedisConfiguration(try RedisAddress(url: url ?? server))
        configuration.deadline = .seconds(60)
        configuration.connectTimeout = .seconds(60)
        configuration.heartbeat = .seconds(60)
        configuration.backoff = .milliseconds(1)...Duration.milliseconds(20)
        change(&configuration)
        return configuration
    }

    private static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    /// Runs the body with a client that is connected, and closes it.
    static func withClient<T>(
        _ url: String? = nil, scripts: [RedisScript] = [], _ change: (inout RedisConfiguration) -> Void = { _ in },
        _ body: (RedisClient) async throws -> T
    ) async throws -> T {
        let client = try RedisClient(try configuration(url, change), scripts: scripts, logger: silent)
        await client.connected()
        do {
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }

    /// Runs the body with a store that is connected, and closes it.
    ///
    /// - Parameter key: the first byte of its installation's key; stores of one key know each other's values.
    static func withStore<T>(
        _ url: String? = nil, key: UInt8 = 7, logger: Logger? = nil,
        _ change: (inout RedisConfiguration) -> Void = { _ in }, _ body: (RedisHotStore) async throws -> T
    ) async throws -> T {
        let secrets = try #require(Secrets(key: [key] + Array(1..<32)))
        let store = try RedisHotStore(try configuration(url, change), secrets: secrets, logger: logger ?? silent)
        await store.client.connected()
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    /// A name that no other test has.
    static func name() -> String { "test-\(UUID().uuidString.lowercased())" }
}

extension RedisClient {
    /// Waits for a connection.
    func connected() async { while !Task.isCancelled, await attempt() != nil {} }

    /// Runs a command of words.
    func call(_ words: String...) async throws -> RedisReply {
        var command = RedisCommand()
        for word in words { command.add(word) }
        return try await run(command)
    }
}

extension RedisHotStore {
    func write(_ write: HotWrite) async -> HotWritten {
        await withCheckedContinuation { continuation in
            self.write(write) { continuation.resume(returning: $0) }
        }
    }
}

/// Collects what callbacks are told, in order, and how often each was called.
final class Told<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Value.self) }

    func tell(_ value: Value) {
        values.withLock { $0.append(value) }
        continuation.yield(value)
    }

    var all: [Value] { values.withLock { $0 } }

    /// Waits until so many were told in all.
    func wait(for count: Int) async -> [Value] {
        if all.count < count { for await _ in stream where all.count >= count { break } }
        return all
    }

    /// The next thing told. One task asks.
    func next() async -> Value? {
        for await value in stream { return value }
        return nil
    }
}

extension Trait where Self == ConditionTrait {
    static var needsRedis: Self { .enabled(if: RedisFixture.isThere, RedisFixture.hint) }
}
