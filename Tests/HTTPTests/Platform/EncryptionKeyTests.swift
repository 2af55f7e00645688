@testable import SQL
import Foundation
import Logging
import Testing

@testable import AlmanacRuntime
@testable import Server

/// A database is served with one key, on both databases.
@Suite(.timeLimit(.minutes(1))) struct EncryptionKeyTests {
    private static let keys = (0..<3).map { Data(repeating: UInt8($0 + 1), count: 32).base64EncodedString() }

    private static func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder + "/test.db")
    }

    /// Opens the record as `serve` does and closes it; returns what was wrong with the configuration.
    private static func open(_ path: String, _ key: String?) async throws -> [String] {
        var settings = ["database.url": try await PostgresSandbox.shared?.database(for: path) ?? "sqlite://\(path)"]
        settings["encryption.key"] = key
        let configuration = try await ConfigurationLoader.load(ChannelSet.settings, path: nil, overrides: settings)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        do {
            await (try await OpenDatabase.open(configuration, logger: quiet)).close()
            return []
        } catch let error as ConfigurationError {
            return error.errors
        }
    }

    @Test func aNodeWithAnotherKeyDoesNotStartAndIsToldWhatToDo() async throws {
        try await Self.inFolder { path in
            for _ in 0..<2 { #expect(try await Self.open(path, Self.keys[0]) == []) }
            let errors = try await Self.open(path, Self.keys[1])
            #expect(errors.count == 1)
            for part in ["encryption.key", "ALMANAC_ENCRYPTION_KEY", "first served with", "docs/operations.md"] {
                #expect(errors.first?.contains(part) == true, "\(errors)")
            }
            // It changed nothing: the right key still is the right one.
            #expect(try await Self.open(path, Self.keys[0]) == [])
        }
    }

    /// Of several that start first at once one is first, and the others go by its key.
    @Test(.enabled(if: PostgresSandbox.shared != nil, "one process serves a SQLite file"))
    func ofManyFirstNodesOneIsFirst() async throws {
        try await Self.inFolder { path in
            // Made before they ask for it at once.
            _ = try await PostgresSandbox.shared?.database(for: path)
            let refused = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
                for node in 0..<12 {
                    group.addTask { (node % 3, try await !Self.open(path, Self.keys[node % 3]).isEmpty) }
                }
                return try await group.reduce(into: [Int: Set<Bool>]()) { $0[$1.0, default: []].insert($1.1) }
            }
            // All nodes of one key fare alike, and those of one key alone start.
            #expect(refused.values.allSatisfy { $0.count == 1 })
            #expect(refused.values.filter { $0 == [false] }.count == 1)
        }
    }

    /// The key that was made beside a SQLite file: lost, it is not replaced by one that is of no use.
    @Test(.enabled(if: PostgresSandbox.shared == nil, "PostgreSQL has no file to keep a key beside"))
    func aKeyFileThatIsGoneOrAnotherOneIsMissed() async throws {
        try await Self.inFolder { path in
            #expect(try await Self.open(path, nil) == [])
            let file = path + ".key"
            let made = try #require(FileManager.default.contents(atPath: file))
            try FileManager.default.removeItem(atPath: file)
            let missing = try await Self.open(path, nil)
            #expect(missing.count == 1 && missing[0].contains(file) && missing[0].contains("missing"))
            #expect(!FileManager.default.fileExists(atPath: file))
            try Data((Self.keys[1] + "\n").utf8).write(to: URL(fileURLWithPath: file))
            let other = try await Self.open(path, nil)
            #expect(other.count == 1 && other[0].contains(file) && other[0].contains("first served with"))
            // What the file held may also be set.
            let text = String(decoding: made, as: UTF8.self).filter { !$0.isWhitespace }
            #expect(try await Self.open(path, text) == [])
            try made.write(to: URL(fileURLWithPath: file))
            #expect(try await Self.open(path, nil) == [])
            #expect(try await Self.open(path, Self.keys[2]).count == 1)
        }
    }

    /// What the database keeps is of no use to find the key, and no more than one row.
    @Test func theFingerprintIsKeptOnce() async throws {
        try await TestServer.run { test in
            let rows = try await test.query("SELECT fingerprint FROM encryption_key")
            #expect(rows.count == 1)
            let key = [UInt8](repeating: 0, count: 32)
            #expect(try rows[0].bytes(0) == Secrets(key: key)?.fingerprint)
            #expect(try rows[0].bytes(0) != key)
            await #expect(throws: (any Error).self) {
                try await test.execute("INSERT INTO encryption_key SELECT * FROM encryption_key")
            }
        }
    }
}
