@testable import SQL
import Foundation
import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime

@Suite struct StoreHealthTests {
    /// A store whose probe says what the test wants, and a clock that the test moves.
    private final class Fake: Sendable {
        let now = Mutex<UInt64>(1_000_000_000_000)
        let failure = Mutex<StoreError?>(nil)
        let probes = Mutex(0)
        let told = Mutex<[Bool]>([])

        func advance(_ seconds: Double) { now.withLock { $0 += UInt64(seconds * 1e9) } }

        func health() -> StoreHealth {
            StoreHealth {
                () async throws(StoreError) in
                self.probes.withLock { $0 += 1 }
                if let failure = self.failure.withLock({ $0 }) { throw failure }
            } clock: {
                self.now.withLock { $0 }
            } noted: { failure in
                self.told.withLock { $0.append(failure == nil) }
            }
        }
    }

    private static let full = StoreError(.unavailable, "the disk of the database is full")

    @Test func whoeverAsksMakesNoWork() async {
        let fake = Fake()
        let health = fake.health()
        for _ in 0..<100 { #expect(await health.isWell()) }
        #expect(fake.probes.withLock { $0 } == 1)
        fake.advance(4)
        #expect(await health.isWell())
        #expect(fake.probes.withLock { $0 } == 2)
    }

    @Test func aFailedProbeTellsUntilOneSucceeds() async {
        let fake = Fake()
        let health = fake.health()
        #expect(await health.check())
        fake.failure.withLock { $0 = Self.full }
        #expect(await !health.check())
        #expect(await !health.isWell())
        fake.failure.withLock { $0 = nil }
        #expect(await !health.isWell())
        #expect(await health.check())
        #expect(await health.isWell())
        #expect(fake.told.withLock { $0 } == [false, true])
    }

    @Test func aTransactionThatFailsTellsUntilAnotherIsWritten() async {
        let fake = Fake()
        let health = fake.health()
        #expect(await health.isWell())
        health.note([.failed(Self.full)])
        #expect(await !health.isWell())
        health.note([.failed(StoreError(.statement, "a defect"))])
        health.note([.stale])
        #expect(await !health.isWell())
        fake.advance(6)
        #expect(await health.isWell())
        health.note([.unknown])
        #expect(await !health.isWell())
    }

    // MARK: SQLite

    private static func withDatabase(_ body: (SQLiteDatabase, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let database = try SQLiteDatabase(path: folder + "/test.db")
        defer { database.store.close() }
        try await body(database, folder)
    }

    private static func refusal(_ database: SQLiteDatabase) async -> String? {
        do throws(StoreError) { try await database.probe() } catch {
            return error.code == .unavailable ? error.context : "\(error)"
        }
        return nil
    }

    @Test func aSoundFileTakesAProbe() async throws {
        try await Self.withDatabase { database, folder in
            for _ in 0..<3 { #expect(await Self.refusal(database) == nil) }
            try SQLiteStore.tryWrite(path: folder + "/test.db")
        }
    }

    @Test func aFileThatIsGoneOrAnotherTakesNothing() async throws {
        try await Self.withDatabase { database, folder in
            #expect(await Self.refusal(database) == nil)
            try FileManager.default.moveItem(atPath: folder, toPath: folder + ".away")
            defer { try? FileManager.default.removeItem(atPath: folder + ".away") }
            #expect(await Self.refusal(database)?.contains("is gone") == true)
            // What would be written into it would be lost: it is refused.
            await #expect(throws: StoreError.self) {
                try await database.openHead(ID(high: 0, low: 1), of: ID(high: 0, low: 1), under: nil)
            }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: folder + ".away/test.db", toPath: folder + "/test.db")
            #expect(await Self.refusal(database)?.contains("replaced") == true)
            try FileManager.default.removeItem(atPath: folder)
            try FileManager.default.moveItem(atPath: folder + ".away", toPath: folder)
            #expect(await Self.refusal(database) == nil)
        }
    }
}
