@testable import RedisDriver
import Foundation
import Glibc
import Synchronization
import Testing

@testable import AlmanacRuntime

/// What callers and listeners are told when connections break and servers die, and that the client comes back by itself.
@Suite(.needsRedis, .timeLimit(.minutes(2))) struct RedisFailureTests {
    private let name = RedisFixture.name()

    private func codes(_ results: [Result<RedisReply, RedisError>]) -> [RedisError.Code?] {
        results.map { if case .failure(let error) = $0 { error.code } else { nil } }
    }

    @Test func whoWaitsWhenTheConnectionIsKilledFailsOnceAndTheNextCallsWork() async throws {
        try await RedisFixture.withClient { other async throws in
            try await RedisFixture.withClient { client async throws in
                guard case .integer(let id) = try await client.call("CLIENT", "ID") else { throw CancellationError() }
                let told = Told<Result<RedisReply, RedisError>>()
                // Nothing behind it is executed until something is pushed, and nothing ever is.
                client.send(RedisCommand("BLPOP", name, "0")) { told.tell($0) }
                for _ in 0..<50 { client.send(RedisCommand("INCR", name + "n")) { told.tell($0) } }
                // The server has it once it is blocked.
                while try await !isBlocked(id, other) {}
                #expect(try await other.call("CLIENT", "KILL", "ID", String(id)) == .integer(1))
                #expect(codes(await told.wait(for: 51)) == Array(repeating: .unreachable, count: 51))
                await client.connected()
                #expect(try await client.call("GET", name + "n") == .null)
                #expect(told.all.count == 51)
                #expect(client.unanswered == (0, 0))
            }
        }
    }

    private func isBlocked(_ id: Int64, _ client: RedisClient) async throws -> Bool {
        let list = try await client.call("CLIENT", "LIST", "ID", String(id)).text ?? ""
        return list.contains("flags=b")
    }

    @Test func aListenerIsToldOfTheLossAndHearsAgainAfterwards() async throws {
        try await OwnRedis.with { server in
            try await RedisFixture.withClient(server.url) { client async throws in
                let told = Told<PubSubEvent>()
                _ = client.listen(name) { told.tell($0) }
                #expect(await told.next() == .connected)
                for _ in 0..<5 {
                    #expect(try await client.call("CLIENT", "KILL", "TYPE", "pubsub") == .integer(1))
                    #expect(await told.next() == .disconnected)
                    #expect(await told.next() == .connected)
                    #expect(try await client.call("PUBLISH", name, "x") == .integer(1))
                    #expect(await told.next() == .message([0x78]))
                }
            }
        }
    }

    @Test func aServerThatIsKilledAndStartedAgainIsFoundAgain() async throws {
        try await OwnRedis.with { server in
            try await RedisFixture.withStore(server.url) { store in
                let told = Told<HotEvent>()
                _ = store.listen("k") { told.tell($0) }
                #expect(await told.next() == .connected)
                let first = HotWrite(key: "k", base: nil, version: HotVersion(epoch: 1, seq: 1), set: [("a", [1])])
                #expect(await store.write(first) == .written)
                #expect(await told.next() == .written(base: nil, version: first.version, message: []))
                server.kill()
                #expect(await told.next() == .disconnected)
                while store.isReachable { await Task.yield() }
                #expect(await store.write(first) == .failed)
                let error = await #expect(throws: HotError.self) { try await store.read("k") }
                #expect(error?.code == .unreachable)
                try server.start()
                #expect(await told.next() == .connected)
                await store.client.connected()
                // It kept nothing, and has everything it needs.
                #expect(try await store.read("k") == nil)
                #expect(await store.write(first) == .written)
                #expect(await told.next() == .written(base: nil, version: first.version, message: []))
            }
        }
    }

    @Test func aServerThatDoesNotAnswerInTimeIsGivenUp() async throws {
        try await OwnRedis.with { server in
            try await RedisFixture.withClient(server.url) {
                $0.deadline = .milliseconds(300)
            } _: { client in
                server.signal(SIGSTOP)
                let told = Told<Result<RedisReply, RedisError>>()
                for _ in 0..<10 { client.send(RedisCommand("PING")) { told.tell($0) } }
                let results = await told.wait(for: 10)
                #expect(codes(results) == Array(repeating: .unreachable, count: 10))
                #expect("\(results[0])".contains("no answer in time"))
                #expect(!client.isReachable)
                server.signal(SIGCONT)
                await client.connected()
                // Slow machines too answer in the end.
                while (try? await client.call("PING"))?.text != "PONG" {}
                #expect(told.all.count == 10)
            }
        }
    }

    @Test func aPeerThatFallsSilentIsNoticedWithoutACommand() async throws {
        try await OwnRedis.with { server in
            try await RedisFixture.withClient(server.url) {
                ($0.deadline, $0.heartbeat) = (.milliseconds(300), .milliseconds(50))
            } _: { client in
                let told = Told<PubSubEvent>()
                _ = client.listen(name) { told.tell($0) }
                #expect(await told.next() == .connected)
                server.signal(SIGSTOP)
                #expect(await told.next() == .disconnected)
                while client.isReachable { await Task.yield() }
                server.signal(SIGCONT)
                #expect(await told.next() == .connected)
            }
        }
    }

    @Test func heartbeatsAreAnsweredOnBothConnections() async throws {
        try await RedisFixture.withClient {
            $0.heartbeat = .milliseconds(1)
        } _: { client in
            let told = Told<PubSubEvent>()
            // Pings before there is a channel, and with one, are answered in different ways.
            for _ in 0..<20 { _ = try await client.call("PING") }
            _ = client.listen(name) { told.tell($0) }
            #expect(await told.next() == .connected)
            for _ in 0..<200 { _ = try await client.call("PUBLISH", name, "x") }
            _ = await told.wait(for: 201)
            #expect(told.all.dropFirst().allSatisfy { $0 == .message([0x78]) })
        }
    }

    @Test func aServerThatNeverGreetsIsGivenUp() async throws {
        let silent = try SilentServer()
        defer { silent.end() }
        let client = try RedisClient(
            try RedisFixture.configuration("unix://" + silent.path) { $0.connectTimeout = .milliseconds(100) })
        #expect(await client.attempt() == "timeout")
        let error = await #expect(throws: RedisError.self) { try await client.call("PING") }
        #expect(error?.code == .unreachable && error?.context.contains("timeout") == true)
        await client.close()
    }

    @Test func whereNobodyListensTheReasonIsTheSystems() async throws {
        let client = try RedisClient(try RedisFixture.configuration("redis://127.0.0.1:1"))
        #expect(await client.attempt() == "Connection refused")
        await client.close()
    }

    @Test func tooManyCommandsAreRefusedAtOnceAndTheOthersAreAnswered() async throws {
        try await OwnRedis.with { server in
            try await RedisFixture.withClient(server.url) {
                ($0.maxQueued, $0.maxQueuedBytes) = (100, 10_000)
            } _: { client in
                server.signal(SIGSTOP)
                let told = Told<Result<RedisReply, RedisError>>()
                for _ in 0..<100 { client.send(RedisCommand("PING")) { told.tell($0) } }
                let error = await #expect(throws: RedisError.self) { try await client.call("PING") }
                #expect(error?.code == .full)
                #expect(client.unanswered.commands == 100)
                server.signal(SIGCONT)
                #expect(codes(await told.wait(for: 100)) == Array(repeating: nil, count: 100))
                let large = await #expect(throws: RedisError.self) {
                    try await client.call("ECHO", String(repeating: "x", count: 10_000))
                }
                #expect(large?.code == .full)
                #expect(client.unanswered == (0, 0))
            }
        }
    }

    @Test func closingFailsWhatWaitsOnce() async throws {
        try await OwnRedis.with { server in
            let told = Told<Result<RedisReply, RedisError>>()
            try await RedisFixture.withClient(server.url) { client async throws in
                server.signal(SIGSTOP)
                for _ in 0..<100 { client.send(RedisCommand("PING")) { told.tell($0) } }
                await client.close()
                #expect(codes(told.all) == Array(repeating: .closed, count: 100))
                #expect(client.unanswered == (0, 0))
            }
            server.signal(SIGCONT)
            #expect(told.all.count == 100)
        }
    }

    @Test func anAnswerThatIsTooLargeEndsTheConnectionAlone() async throws {
        try await RedisFixture.withClient { other async throws in
            try await RedisFixture.withClient {
                $0.maxReplyBytes = 1 << 20
            } _: { client in
                let text = String(repeating: "x", count: 2 << 20)
                _ = try await client.call("SET", name, text, "EX", "60")
                let error = await #expect(throws: RedisError.self) { try await client.call("GET", name) }
                #expect(error?.code == .unreachable && error?.context.contains("too large") == true)
                await client.connected()
                #expect(try await client.call("STRLEN", name) == .integer(2 << 20))
            }
        }
    }

    @Test func aServerWithUsersLetsThoseInWhoMayEnter() async throws {
        let arguments = ["--requirepass", "pass word", "--user", "almanac", "on", ">s3cret", "~*", "&*", "+@all"]
        try await OwnRedis.with(arguments) { server in
            try await RedisFixture.withClient(server.url(user: ":pass%20word")) { client async throws in
                #expect(try await client.call("ACL", "WHOAMI").text == "default")
            }
            try await RedisFixture.withClient(server.url(user: "almanac:s3cret", database: 2)) { client async throws in
                #expect(try await client.call("ACL", "WHOAMI").text == "almanac")
                let told = Told<PubSubEvent>()
                _ = client.listen(name) { told.tell($0) }
                #expect(await told.next() == .connected)
            }
            let refused = [
                (server.url, "PING was refused: NOAUTH"), (server.url(user: ":wrong"), "AUTH was refused: WRONGPASS"),
                (server.url(user: "almanac:wrong"), "AUTH was refused: WRONGPASS"),
                (server.url(user: "almanac:s3cret", database: 99), "SELECT was refused: ERR"),
            ]
            for (url, reason) in refused {
                let client = try RedisClient(try RedisFixture.configuration(url))
                #expect(await client.attempt() == reason)
                #expect(!client.isReachable)
                await client.close()
            }
        }
    }
}

/// Takes connections, all of them, and never says a word. One that were not taken would fill the socket's queue, and the
/// next attempt would fail for another reason than silence.
private final class SilentServer: Sendable {
    let path = "/tmp/almanac-silent-\(UUID().uuidString.prefix(8))"
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard result == 0, Glibc.listen(descriptor, 16) == 0 else { throw CancellationError() }
        Thread { Self.accept(descriptor) }.start()
    }

    /// Until the end, when all of them are let go.
    private static func accept(_ descriptor: Int32) {
        var taken: [Int32] = []
        while true {
            let client = Glibc.accept(descriptor, nil, nil)
            if client >= 0 { taken.append(client) } else if errno != EINTR { break }
        }
        for client in taken { close(client) }
        close(descriptor)
    }

    func end() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        unlink(path)
    }
}
