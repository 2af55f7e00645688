import AlmanacRuntime
import Foundation
import Scheduling
import Testing

@Suite struct ZoneDatabaseTests {
    private static let system = "/usr/share/zoneinfo"

    /// A directory of its own with copies of some of the system's files.
    private func withDirectory(_ names: [String], _ body: (URL) throws -> Void) throws {
        let directory = URL.temporaryDirectory.appending(path: "zones-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for name in names { try copy(name, to: name, in: directory) }
        try body(directory)
    }

    private func copy(_ name: String, to target: String, in directory: URL) throws {
        let target = directory.appending(path: target)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(contentsOf: URL(filePath: "\(Self.system)/\(name)")).write(to: target, options: .atomic)
    }

    private func code(_ database: ZoneDatabase, _ id: String) -> ZoneError.Code? {
        do throws(ZoneError) {
            _ = try database.zone(id)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func aZoneIsReadOnceAndKept() throws {
        let database = ZoneDatabase()
        let paris = try database.zone("Europe/Paris")
        #expect(try database.zone("Europe/Paris") === paris)
        #expect(paris.id == "Europe/Paris")
        #expect(paris.offset(at: Instant(rfc3339: "2024-07-01T00:00:00Z")!) == 7_200)
    }

    @Test func everyZoneOfTheSystemIsRead() throws {
        let database = ZoneDatabase()
        #expect(database.ids.count > 400)
        #expect(database.ids.contains("America/Argentina/Buenos_Aires"))
        for id in database.ids { #expect(code(database, id) == nil, "\(id)") }
    }

    @Test(arguments: [
        "", "/", "/Europe/Paris", "Europe/Paris/", "Europe//Paris", "../zoneinfo/Europe/Paris",
        "Europe/../Europe/Paris",
        ".", "..", "posix/Europe/Paris", "right/Europe/Paris", "posix", "right", "localtime", "posixrules", "Factory",
        "+VERSION", "zone.tab", "tzdata.zi", "leapseconds", "leap-seconds.list", "Europe/Paris\u{0}", "Europe/Paris ",
        "Europe\\Paris", "Europe/Zürich", "-Europe", "Etc/+5", String(repeating: "A", count: 65), "A/\n",
    ])
    func aNameThatNamesNoZoneNeverBecomesAPath(id: String) {
        #expect(code(ZoneDatabase(), id) == .invalidName)
    }

    @Test(arguments: ["Europe", "Europe/Atlantis", "europe/paris", "EUROPE/PARIS", "utc1", "Europe/Paris/Nord"])
    func aNameWithoutAFileIsUnknown(id: String) {
        #expect(code(ZoneDatabase(), id) == .unknownZone)
    }

    @Test func utcNeedsNoFiles() throws {
        let database = ZoneDatabase(directory: "/nowhere")
        #expect(try database.zone("UTC") == .utc)
        #expect(database.ids == ["UTC"])
        #expect(code(database, "Europe/Paris") == .unknownZone)
    }

    @Test func reloadNamesTheZonesThatChanged() throws {
        try withDirectory(["Europe/Paris", "Europe/London", "Asia/Tokyo"]) { directory in
            let database = ZoneDatabase(directory: directory.path)
            let before = try database.zone("Europe/Paris")
            let london = try database.zone("Europe/London")
            #expect(database.reload() == [])

            try copy("Asia/Tokyo", to: "Europe/Paris", in: directory)
            // A new file with the old content changes nothing that counts.
            try copy("Europe/London", to: "Europe/London", in: directory)
            #expect(database.reload() == ["Europe/Paris"])
            let after = try database.zone("Europe/Paris")
            #expect(after != before)
            #expect(after.offset(at: Instant(seconds: 1_720_000_000)) == 32_400)
            #expect(try database.zone("Europe/London") == london)
            #expect(database.reload() == [])
        }
    }

    @Test func aFileWrittenInPlaceIsNoticed() throws {
        try withDirectory(["Europe/Paris"]) { directory in
            let database = ZoneDatabase(directory: directory.path)
            _ = try database.zone("Europe/Paris")
            let other = try Data(contentsOf: URL(filePath: "\(Self.system)/Asia/Tokyo"))
            try other.write(to: directory.appending(path: "Europe/Paris"))
            #expect(database.reload() == ["Europe/Paris"])
        }
    }

    @Test func aFileThatVanishesOrBreaksKeepsItsLastZone() throws {
        try withDirectory(["Europe/Paris", "Europe/London"]) { directory in
            let database = ZoneDatabase(directory: directory.path)
            let paris = try database.zone("Europe/Paris")
            let london = try database.zone("Europe/London")
            try FileManager.default.removeItem(at: directory.appending(path: "Europe/Paris"))
            try Data("TZif2".utf8).write(to: directory.appending(path: "Europe/London"))
            #expect(database.reload() == [])
            #expect(try database.zone("Europe/Paris") === paris)
            #expect(try database.zone("Europe/London") === london)

            // The update is over: both are there again, one of them new.
            try copy("Europe/Paris", to: "Europe/Paris", in: directory)
            try copy("Asia/Tokyo", to: "Europe/London", in: directory)
            #expect(database.reload() == ["Europe/London"])
        }
    }

    @Test func whatIsNoTZifIsNamedSo() throws {
        try withDirectory(["Europe/Paris"]) { directory in
            try Data("hello".utf8).write(to: directory.appending(path: "Text"))
            try Data(repeating: 0, count: 2 << 20).write(to: directory.appending(path: "Huge"))
            #expect(mkfifo(directory.appending(path: "Pipe").path, 0o600) == 0)
            let database = ZoneDatabase(directory: directory.path)
            #expect(code(database, "Text") == .malformed)
            #expect(code(database, "Huge") == .malformed)
            #expect(code(database, "Pipe") == .unknownZone)
            #expect(database.ids == ["Europe/Paris", "UTC"])
        }
    }

    @Test func manyReadersAtOnceGetOneZone() async throws {
        let database = ZoneDatabase()
        let zones = try await withThrowingTaskGroup(of: Zone.self) { group in
            for _ in 0..<64 { group.addTask { try database.zone("America/New_York") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(zones.allSatisfy { $0 === zones[0] })
    }
}
