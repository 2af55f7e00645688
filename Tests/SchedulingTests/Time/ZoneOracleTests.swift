import Foundation
import Scheduling
import Testing

/// Python's zoneinfo, an independent reader of the same files, must agree about every transition.
@Suite struct ZoneOracleTests {
    @Test func recordedProbesAgree() throws {
        let text = try String(contentsOf: TimeFixtures.folder.appending(path: "zone-probes.tsv"), encoding: .utf8)
        #expect(text.hasPrefix("# tzdata 20"))
        let table = try ZoneProbeTable(text, root: TimeFixtures.folder.appending(path: "zoneinfo"))
        #expect(table.zones == TimeFixtures.zoneNames.count)
        #expect(table.rows > 10_000)
        #expect(table.failures.isEmpty, "\(table.failures.count) of \(table.rows): \(table.failures.prefix(10))")
    }

    /// Fails, and does not skip, where python3 is missing: a check that silently checks nothing is none.
    @Test func theSystemsDatabaseAgrees() throws {
        let seed = UInt32.random(in: 0 ... .max)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", TimeFixtures.generator.path, "--probes", "--system", "--seed", "\(seed)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "python3 scripts/zone-fixtures failed; is python3 installed?")

        let text = String(decoding: data, as: UTF8.self)
        let table = try ZoneProbeTable(text, root: URL(filePath: "/usr/share/zoneinfo"))
        print("zone probes of this machine: \(text.prefix { $0 != "\n" }), \(table.rows) rows")
        #expect(table.zones >= 60)
        #expect(table.rows > 10_000)
        #expect(
            table.failures.isEmpty,
            "seed \(seed), \(table.failures.count) of \(table.rows): \(table.failures.prefix(10))"
        )
    }
}
