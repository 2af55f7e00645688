@testable import RedisDriver
import Foundation
import Logging
import Synchronization
import Testing

@testable import AlmanacRuntime

/// Whoever reaches Redis may put anything there. Nobody believes it, and nobody is stopped by it.
@Suite(.needsRedis, .timeLimit(.minutes(2))) struct RedisForgeryTests {
    private let key = RedisFixture.name()
    private var name: String { "almanac:hot:" + key }

    private func version(_ epoch: Int64, _ seq: Int64) -> HotVersion { HotVersion(epoch: epoch, seq: seq) }

    private func write(
        _ base: HotVersion?, _ version: HotVersion, _ set: [String: String] = [:], key: String? = nil
    ) -> HotWrite {
        HotWrite(
            key: key ?? self.key, base: base, version: version, set: set.map { ($0.key, Array($0.value.utf8)) },
            message: Array("\(version.epoch).\(version.seq)".utf8)
        )
    }

    private func record(_ version: HotVersion, _ fields: [String: String]) -> HotRecord {
        HotRecord(version: version, fields: fields.mapValues { Array($0.utf8) })
    }

    private func raw(_ store: RedisHotStore, _ name: String) async throws -> [UInt8] {
        guard case .bytes(let bytes) = try await store.client.call("GET", name) else { return [] }
        return bytes
    }

    private func put(_ store: RedisHotStore, _ name: String, _ value: [UInt8]) async throws {
        var command = RedisCommand("SET", name)
        command.add(value)
        for word in ["EX", "60"] { command.add(word) }
        _ = try await store.client.run(command)
    }

    /// A head of the highest version there can be, by nobody.
    private var forgedHead: [UInt8] {
        Array("18446744073709551615".utf8) + Array("18446744073709551615".utf8) + [UInt8](repeating: 1, count: 32)
    }

    // MARK: - State

    @Test func aForgedVersionIsAbsentAndDoesNotStopTheOwner() async throws {
        try await RedisFixture.withStore { store async throws in
            for everything in [true, false] {
                _ = await store.write(write(nil, version(1, 5), ["a": "1"]))
                try await put(store, name, forgedHead + raw(store, name).dropFirst(HotHead.size))
                #expect(try await store.version(key) == nil)
                #expect(try await store.read(key) == nil)
                // The owner finds out, and writes all anew at the latest.
                if !everything { #expect(await store.write(write(version(1, 5), version(1, 6))) == .behind) }
                if everything { #expect(await store.write(write(nil, version(1, 6), ["b": "2"])) == .behind) }
                #expect(await store.write(write(nil, version(1, 6), ["b": "2"])) == .written)
                #expect(try await store.read(key) == record(version(1, 6), ["b": "2"]))
                #expect(await store.write(write(version(1, 6), version(1, 7), ["c": "3"])) == .written)
                #expect(try await store.version(key) == version(1, 7))
                // A real one that is newer still stops an older owner.
                #expect(await store.write(write(nil, version(1, 6))) == .superseded)
                _ = try await store.client.call("DEL", name)
            }
        }
    }

    /// Of any kind and length, and also of the last release's shape.
    @Test func whatIsNotHotStateIsAbsentAndWrittenOver() async throws {
        try await RedisFixture.withStore { store async throws in
            let junk: [[String]] = [
                ["SET", name, "x"], ["SET", name, String(repeating: "9", count: 72)],
                ["SET", name, String(repeating: "9", count: 500)],
                ["HSET", name, "epoch", "9223372036854775807", "seq", "9223372036854775807"], ["RPUSH", name, "x"],
                ["SADD", name, "x"], ["ZADD", name, "1", "x"],
            ]
            for words in junk {
                _ = try await store.client.call("DEL", name)
                var command = RedisCommand()
                for word in words { command.add(word) }
                _ = try await store.client.run(command)
                #expect(try await store.version(key) == nil, "\(words)")
                #expect(try await store.read(key) == nil, "\(words)")
                #expect(await store.write(write(version(1, 1), version(1, 2))) == .behind, "\(words)")
                if await store.write(write(nil, version(1, 2), ["a": "1"])) != .written {
                    #expect(await store.write(write(nil, version(1, 2), ["a": "1"])) == .written, "\(words)")
                }
                #expect(try await store.read(key) == record(version(1, 2), ["a": "1"]), "\(words)")
            }
            #expect(store.refusals.count(.version) + store.refusals.count(.state) >= 14)
        }
    }

    @Test func anotherCalendarsValueIsAbsent() async throws {
        let other = RedisFixture.name()
        try await RedisFixture.withStore { store async throws in
            _ = await store.write(write(nil, version(1, 5), ["a": "1"], key: other))
            try await put(store, name, raw(store, "almanac:hot:" + other))
            #expect(try await store.version(key) == nil)
            #expect(try await store.read(key) == nil)
            // Its body under this calendar's own head.
            _ = await store.write(write(nil, version(1, 5), ["b": "2"]))
            let head = Array(try await raw(store, name).prefix(HotHead.size))
            try await put(store, name, head + raw(store, "almanac:hot:" + other).dropFirst(HotHead.size))
            #expect(try await store.version(key) == version(1, 5))
            #expect(try await store.read(key) == nil)
            #expect(store.refusals.count(.state) == 1)
        }
    }

    /// What an owner wrote once is good as what it was, and not as something newer.
    @Test func anOldValueIsNoNewerOne() async throws {
        try await RedisFixture.withStore { store async throws in
            _ = await store.write(write(nil, version(1, 5), ["a": "old"]))
            let old = try await raw(store, name)
            _ = await store.write(write(version(1, 5), version(1, 6), ["a": "new"]))
            let new = try await raw(store, name)
            try await put(store, name, Array(new.prefix(HotHead.size)) + old.dropFirst(HotHead.size))
            #expect(try await store.read(key) == nil)
            try await put(store, name, old)
            #expect(try await store.read(key) == record(version(1, 5), ["a": "old"]))
            // The next change finds that its base is gone.
            #expect(await store.write(write(version(1, 6), version(1, 7))) == .behind)
            #expect(await store.write(write(nil, version(1, 7), ["a": "newest"])) == .written)
            // All but the last change.
            _ = await store.write(write(version(1, 7), version(1, 8), ["a": "last"]))
            let all = try await raw(store, name)
            try await put(store, name, Array(all.dropLast(10)))
            #expect(try await store.read(key) == nil)
        }
    }

    @Test func anotherInstallationsStateIsAbsent() async throws {
        try await RedisFixture.withStore { store async throws in
            try await RedisFixture.withStore(key: 8) { stranger async throws in
                _ = await stranger.write(write(nil, version(9, 9), ["a": "1"]))
                #expect(try await store.version(key) == nil)
                #expect(try await store.read(key) == nil)
                #expect(await store.write(write(nil, version(1, 1))) == .behind)
                #expect(await store.write(write(nil, version(1, 1))) == .written)
                #expect(try await store.version(key) == version(1, 1))
            }
        }
    }

    /// No more is fetched than a value may have, and the connection lives.
    @Test func aHugeValueIsNotFetchedAndNotKept() async throws {
        try await RedisFixture.withStore(nil, { $0.maxValueBytes = 1 << 20 }) { store async throws in
            _ = await store.write(write(nil, version(1, 1), ["a": "1"]))
            // Behind a good head.
            _ = try await store.client.call("SETRANGE", name, String(200 << 20), "x")
            #expect(try await store.version(key) == version(1, 1))
            #expect(try await store.read(key) == nil)
            #expect(store.isReachable && store.refusals.count(.state) == 1)
            // A change does not make it longer; the whole takes its place.
            #expect(await store.write(write(version(1, 1), version(1, 2))) == .behind)
            #expect(await store.write(write(nil, version(1, 2), ["a": "2"])) == .written)
            #expect(try await store.client.call("STRLEN", name) == .integer(Int64(try await raw(store, name).count)))
            #expect(try await store.read(key) == record(version(1, 2), ["a": "2"]))
            // What is too large is not written either.
            let large = HotWrite(
                key: key, base: nil, version: version(1, 3), set: [("a", [UInt8](repeating: 1, count: 1 << 20))])
            #expect(await store.write(large) == .failed)
        }
    }

    /// Changes are kept as they came; before they are more than they are worth the whole is asked for.
    @Test func changesDoNotPileUp() async throws {
        try await RedisFixture.withStore(nil, { $0.maxChangeBytes = 65_536 }) { store async throws in
            _ = await store.write(write(nil, version(1, 0)))
            var (seq, wholes): (Int64, Int) = (0, 0)
            for _ in 0..<2_000 {
                let next = write(version(1, seq), version(1, seq + 1), ["n": "\(seq)"])
                seq += 1
                if await store.write(next) == .behind {
                    wholes += 1
                    #expect(await store.write(write(nil, version(1, seq), ["n": "\(seq - 1)"])) == .written)
                }
            }
            #expect((1..<20).contains(wholes))
            guard case .integer(let size) = try await store.client.call("STRLEN", name) else { return }
            #expect(size < 70_000)
            #expect(try await store.read(key) == record(version(1, 2_000), ["n": "1999"]))
        }
    }

    // MARK: - Messages

    @Test func aForgedMessageSaysNothing() async throws {
        let other = RedisFixture.name()
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in LineLog { line in lines.withLock { $0.append(line) } } }
        try await RedisFixture.withStore(logger: logger) { store async throws in
            let told = Told<HotEvent>()
            let others = Told<PubSubEvent>()
            _ = store.listen(key) { told.tell($0) }
            _ = store.client.listen("almanac:feed:0:" + other) { others.tell($0) }
            #expect(await told.next() == .connected)
            #expect(await others.next() == .connected)
            // A real message, of another calendar.
            _ = await store.write(write(nil, version(1, .max), key: other))
            guard case .message(let real)? = await others.next() else { throw HotError(.corrupt, "no message") }
            let forged: [[UInt8]] = [
                [], [0], Array("- - 1 9223372036854775807\n".utf8), Array("1 1 1 9223372036854775807\n".utf8), real,
                [UInt8](repeating: 1, count: 1_000),
            ]
            for message in forged {
                var command = RedisCommand("PUBLISH", "almanac:feed:0:" + key)
                command.add(message)
                _ = try await store.client.run(command)
            }
            _ = await store.write(write(nil, version(1, 1)))
            let written = HotEvent.written(base: nil, version: version(1, 1), message: Array("1.1".utf8))
            #expect(await told.wait(for: 2) == [.connected, written])
            #expect(store.refusals.count(.message) == forged.count)
            // The log hears of it once.
            #expect(lines.withLock { $0 }.filter { $0.contains("did not put there") }.count == 1)
        }
    }

    /// One that is larger than a message may be ends the connection; what comes behind it is heard.
    @Test func aHugeMessageIsNotTakenIn() async throws {
        try await OwnRedis.with { server in
            try await RedisFixture.withClient(server.url) { attacker in
                try await RedisFixture.withStore(server.url, { $0.maxReplyBytes = 1 << 20 }) { store async throws in
                    let told = Told<HotEvent>()
                    _ = store.listen(key) { told.tell($0) }
                    #expect(await told.next() == .connected)
                    var command = RedisCommand("PUBLISH", "almanac:feed:0:" + key)
                    command.add([UInt8](repeating: 1, count: 40 << 20))
                    _ = try await attacker.run(command)
                    #expect(await told.wait(for: 3) == [.connected, .disconnected, .connected])
                    _ = await store.write(write(nil, version(1, 1)))
                    #expect(await told.wait(for: 4).count == 4)
                }
            }
        }
    }

    // MARK: - Tickets

    @Test func aTicketUnderAnotherNameIsNoTicket() async throws {
        let (known, real) = (RedisFixture.name(), RedisFixture.name())
        try await RedisFixture.withStore { store async throws in
            try await store.put(real, [1, 2, 3], seconds: 60)
            let sealed = try await raw(store, "almanac:ticket:" + real)
            try await put(store, "almanac:ticket:" + known, sealed)
            #expect(try await store.take(known) == nil)
            #expect(try await store.take(real) == [1, 2, 3])
            // In clear, altered, a state's block, of another kind, huge.
            for forged in [[1, 2, 3], Array(sealed.dropLast()), [], [UInt8](repeating: 7, count: 100_000)] {
                try await put(store, "almanac:ticket:" + known, forged)
                #expect(try await store.take(known) == nil)
            }
            _ = try await store.client.call("RPUSH", "almanac:ticket:" + known, "x")
            #expect(try await store.take(known) == nil)
            #expect(try await store.client.call("EXISTS", "almanac:ticket:" + known) == .integer(0))
            try await RedisFixture.withStore(key: 8) { stranger async throws in
                try await stranger.put(real, [1, 2, 3], seconds: 60)
                #expect(try await store.take(real) == nil)
            }
            #expect(store.refusals.count(.ticket) == 7)
        }
    }
}

/// Passes what is logged on.
private struct LineLog: LogHandler {
    let write: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { write(event.message.description) }
}
