@testable import JSON
@testable import SQL
import Foundation
import GRDB
import Scheduling
import Testing

@testable import AlmanacRuntime

/// The store on a real file.
@Suite struct SQLiteStoreTests {
    private let folder = TemporaryFolder()

    private func pragma(_ name: String, of store: SQLiteStore) throws -> String? {
        try store.write("pragma") { try Row.fetchOne($0, sql: "PRAGMA \(name)").map { "\($0[0] as DatabaseValue)" } }
    }

    @Test func commitsAreFlushedAndForeignKeysKept() throws {
        let store = try SQLiteStore(path: folder.path("a.sqlite"))
        #expect(try pragma("synchronous", of: store) == "2")
        #expect(try pragma("journal_mode", of: store)?.contains("wal") == true)
        #expect(try pragma("foreign_keys", of: store) == "1")
    }

    @Test func theFolderIsMadeAndWhatWasWrittenIsFoundAgain() throws {
        let path = folder.path("deep/er/almanac.sqlite")
        do {
            let fixture = try StoreFixture(path: path)
            #expect(fixture.commit(fixture.change([fixture.slot(0, 1)])) == ["committed(1)"])
            fixture.store.close()
        }
        let again = try StoreFixture(path: path)
        #expect(try again.count("time_slots") == 1)
        #expect(try again.head().seq == 1)
    }

    @Test func aReaderSeesABatchWholeOrNotAtAll() async throws {
        let fixture = try StoreFixture(path: folder.path("a.sqlite"))
        let changes = (0..<300).map { fixture.change([fixture.slot($0, $0 + 1)]) }
        let store = fixture.store
        let writing = Task.detached { store.commit(changes).count }
        var seen: Set<Int> = []
        while seen.max() != 300 { seen.insert(try fixture.count("events")) }
        #expect(await writing.value == 300)
        #expect(seen.isSubset(of: [0, 300]))
    }

    @Test func aSecondHandleIsRefusedUntilTheFirstIsClosed() throws {
        let path = folder.path("a.sqlite")
        let first = try SQLiteStore(path: path)
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.code == .locked)
        first.close()
        _ = try SQLiteStore(path: path)
    }

    @Test func aHandleThatIsDroppedLeavesNoLock() throws {
        let path = folder.path("a.sqlite")
        for _ in 0..<3 { _ = try SQLiteStore(path: path) }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock")))
    func anotherProcessIsRefusedTheLock() throws {
        let path = folder.path("a.sqlite")
        let store = try SQLiteStore(path: path)
        #expect(try flock(path + ".lock") == 1)
        store.close()
        #expect(try flock(path + ".lock") == 0)
    }

    /// The exit code of a process that takes the lock, or does not wait for it.
    private func flock(_ path: String) throws -> Int32 {
        let process = Foundation.Process()
        process.executableURL = URL(filePath: "/usr/bin/flock")
        process.arguments = ["--nonblock", path, "true"]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test func aPathThatCannotBeOpenedSaysSo() throws {
        try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
        try Data(
            "this is no database, but it is long enough to look like one; SQLite reads a header of 100 bytes first".utf8
        )
        .write(to: folder.url.appending(path: "text"))
        #expect(throws: StoreError.self) { try SQLiteStore(path: folder.path("text")) }
        #expect(throws: StoreError.self) { try SQLiteStore(path: folder.path("text/below")) }
    }

    @Test func errorsNameStatementsAndNeverValues() throws {
        let fixture = try StoreFixture()
        let error = #expect(throws: StoreError.self) {
            try fixture.store.query("SELECT nothing FROM calendars WHERE name = $1", [.text("secret")])
        }
        #expect(error?.code == .statement)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func placeholdersAreNumberedAndMayRepeat() throws {
        let fixture = try StoreFixture()
        let row = try fixture.store.query("SELECT $2, $1, $2", [.text("a"), .integer(2)])[0]
        #expect(row.values == [.integer(2), .text("a"), .integer(2)])
    }

    @Test func valuesComeBackAsTheyWent() throws {
        let fixture = try StoreFixture()
        let instant = Instant(rfc3339: "2026-06-01T09:00:00.123456Z")!
        let row = try fixture.store.query(
            "SELECT $1, $2, $3, $4, $5, $6, $7",
            [
                .null, .bool(true), .id(fixture.calendar), .instant(instant), .json(Array("[1]".utf8)), .blob([]),
                .text("é"),
            ]
        )[0]
        #expect(row.isNull(0))
        #expect(try row.bool(1))
        #expect(try row.id(2) == fixture.calendar)
        #expect(try row.instant(3) == instant)
        #expect(try row.json(4) == [1])
        #expect(try row.bytes(5) == [])
        #expect(try row.text(6) == "é")
        #expect(throws: StoreError.self) { try row.text(1) }
        #expect(throws: StoreError.self) { try row.integer(7) }
    }
}
