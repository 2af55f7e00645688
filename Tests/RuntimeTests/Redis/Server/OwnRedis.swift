import Foundation
import Glibc

@testable import AlmanacRuntime

/// A Redis server of a test's own, on a socket in a folder of its own: it may be stopped, killed and started again.
final class OwnRedis {
    private let folder: URL
    private let arguments: [String]
    private var process: Process?

    var url: String { "unix://\(folder.path)/s" }

    func url(user: String, database: Int = 0) -> String { "unix://\(user)@\(folder.path)/s?db=\(database)" }

    static func with<T>(_ arguments: [String] = [], _ body: (OwnRedis) async throws -> T) async throws -> T {
        let server = try OwnRedis(arguments)
        defer { server.end() }
        return try await body(server)
    }

    private init(_ arguments: [String]) throws {
        self.arguments = arguments
        folder = URL(fileURLWithPath: "/tmp/almanac-redis-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try start()
    }

    func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                "redis-server", "--port", "0", "--unixsocket", "\(folder.path)/s", "--save", "", "--appendonly", "no",
                "--dir", folder.path,
            ] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
    }

    func signal(_ signal: Int32) { if let process { Glibc.kill(process.processIdentifier, signal) } }

    /// Dead at once, without a word to anybody.
    func kill() {
        signal(SIGKILL)
        process?.waitUntilExit()
        process = nil
    }

    private func end() {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }
}
