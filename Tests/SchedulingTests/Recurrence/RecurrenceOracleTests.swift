import Foundation
import Scheduling
import Testing

/// python-dateutil, an independent expander, must give the same dates.
@Suite struct RecurrenceOracleTests {
    private static let rules: UInt64 = ProcessInfo.processInfo.environment["ALMANAC_TRIALS"] == nil ? 500 : 6_000

    /// Fails, and does not skip, where the oracle is missing: a check that silently checks nothing is none.
    @Test func randomRulesGiveTheDatesOfTheOracle() throws {
        let seed = UInt64(UInt32.random(in: 0 ... .max)) << 20
        let recurrences = (seed..<seed + Self.rules * 2).lazy.map(RandomRecurrence.init(seed:))
            .filter { !$0.isReadOtherwise }.prefix(Int(Self.rules))
        let questions = Array(recurrences)
        let answers = try Self.ask(questions.map(\.question))
        try #require(answers.count == questions.count)
        var dates = 0
        var unequal: [String] = []
        for (recurrence, answer) in zip(questions, answers) {
            let mine = try recurrence.dates().map(\.description)
            let theirs = answer.split(separator: ",").map(String.init)
            dates += theirs.count
            guard mine != theirs else { continue }
            let missing = theirs.filter { !mine.contains($0) }.prefix(3)
            let surplus = mine.filter { !theirs.contains($0) }.prefix(3)
            unequal.append("\(recurrence): missing \(missing) surplus \(surplus)")
        }
        print("recurrence oracle: \(questions.count) rules from seed \(seed), \(dates) dates")
        #expect(unequal.isEmpty, "\(unequal.count) of \(questions.count): \(unequal.prefix(8))")
        #expect(dates > questions.count * 5, "so few dates that nothing was compared")
    }

    private static func ask(_ questions: [String]) throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appending(path: "recurrences-\(UUID()).tsv")
        try Data((questions.joined(separator: "\n") + "\n").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = TimeFixtures.package.appending(path: ".venv/bin/python")
        process.arguments = [TimeFixtures.package.appending(path: "scripts/recurrence-oracle").path, file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "recurrence-oracle failed; did scripts/bootstrap test make .venv?")
        return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map(String.init)
    }
}
