@testable import SQL
import Foundation
import GRDB
import Testing

@testable import AlmanacRuntime

@Suite struct FileLockTests {
    private let temporary = TemporaryFolder()

    private var folder: URL { temporary.url }

    private func path(_ name: String) -> String { temporary.path(name) }

    @Test func everyNameOfTheFileMeetsTheSameLock() throws {
        let store = try SQLiteStore(path: path("a.db"))
        try FileManager.default.createSymbolicLink(atPath: path("symbolic.db"), withDestinationPath: path("a.db"))
        try FileManager.default.linkItem(atPath: path("a.db"), toPath: path("hard.db"))
        try FileManager.default.createSymbolicLink(atPath: path("folder"), withDestinationPath: folder.path)
        for name in ["a.db", "symbolic.db", "hard.db", "folder/a.db", "folder/../\(folder.lastPathComponent)/hard.db"] {
            let error = #expect(throws: StoreError.self, "\(name)") { try SQLiteStore(path: path(name)) }
            #expect(error?.code == .locked, "\(name)")
        }
        // A copy is another file.
        try FileManager.default.copyItem(atPath: path("a.db"), toPath: path("copy.db"))
        try SQLiteStore(path: path("copy.db")).close()
        store.close()
        try SQLiteStore(path: path("hard.db")).close()
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock")))
    func theKernelHoldsItForTheFile() throws {
        let store = try SQLiteStore(path: path("a.db"))
        try FileManager.default.linkItem(atPath: path("a.db"), toPath: path("hard.db"))
        #expect(try flock("hard.db") == 1)
        store.close()
        #expect(try flock("hard.db") == 0)
    }

    @Test func aRefusedSecondHandleLeavesTheFirstAtWork() throws {
        let fixture = try StoreFixture(path: path("a.db"))
        #expect(throws: StoreError.self) { try SQLiteStore(path: path("a.db")) }
        #expect(try fixture.store.query("SELECT 1", []).count == 1)
        try fixture.store.write("test") { try $0.execute(sql: "UPDATE organizations SET name = 'x'") }
    }

    @Test func aFileThatWasReplacedTakesNothingMore() throws {
        let fixture = try StoreFixture(path: path("a.db"))
        try fixture.store.ping()
        try FileManager.default.moveItem(atPath: path("a.db"), toPath: path("b.db"))
        for replacement in [false, true] {
            if replacement { try Data().write(to: folder.appending(path: "a.db")) }
            let error = #expect(throws: StoreError.self) { try fixture.store.ping() }
            #expect(error?.code == .unavailable && error?.context.contains("moved or replaced") == true)
            let outcomes = fixture.store.commit([fixture.change([])])
            guard case .failed(let failure)? = outcomes.first else {
                Issue.record("\(outcomes)")
                return
            }
            #expect(failure.code == .unavailable)
        }
        try FileManager.default.removeItem(atPath: path("a.db"))
        try FileManager.default.moveItem(atPath: path("b.db"), toPath: path("a.db"))
        try fixture.store.ping()
    }

    private func flock(_ name: String) throws -> Int32 {
        let process = Foundation.Process()
        process.executableURL = URL(filePath: "/usr/bin/flock")
        process.arguments = ["--nonblock", path(name), "true"]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
