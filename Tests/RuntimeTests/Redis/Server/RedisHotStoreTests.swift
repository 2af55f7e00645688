@testable import RedisDriver
import Foundation
import Testing

@testable import AlmanacRuntime

@Suite(.needsRedis, .timeLimit(.minutes(2))) struct RedisHotStoreTests {
    private let key = RedisFixture.name()

    private func version(_ epoch: Int64, _ seq: Int64) -> HotVersion { HotVersion(epoch: epoch, seq: seq) }

    private func write(
        _ base: HotVersion?, _ version: HotVersion, _ set: [String: String] = [:], remove: [String] = []
    ) -> HotWrite {
        HotWrite(
            key: key, base: base, version: version, set: set.map { ($0.key, Array($0.value.utf8)) }, remove: remove,
            message: Array("\(version.epoch).\(version.seq)".utf8)
        )
    }

    private func record(_ version: HotVersion, _ fields: [String: String]) -> HotRecord {
        HotRecord(version: version, fields: fields.mapValues { Array($0.utf8) })
    }

    // MARK: - Writing

    @Test func whatWasNeverWrittenIsNotThere() async throws {
        try await RedisFixture.withStore { store async throws in
            #expect(try await store.read(key) == nil)
            #expect(try await store.version(key) == nil)
        }
    }

    @Test func aChangeIsWrittenOverWhatItBuildsOn() async throws {
        try await RedisFixture.withStore { store async throws in
            #expect(await store.write(write(nil, version(1, 5), ["a": "1", "b": "2", "c": "3"])) == .written)
            let change = write(version(1, 5), version(1, 6), ["b": "x", "d": "4"], remove: ["a", "never"])
            #expect(await store.write(change) == .written)
            #expect(try await store.read(key) == record(version(1, 6), ["b": "x", "c": "3", "d": "4"]))
            #expect(try await store.version(key) == version(1, 6))
        }
    }

    @Test func aChangeOfSomethingElseIsBehindAndChangesNothing() async throws {
        try await RedisFixture.withStore { store async throws in
            #expect(await store.write(write(version(1, 1), version(1, 2), ["a": "1"])) == .behind)
            #expect(try await store.read(key) == nil)
            _ = await store.write(write(nil, version(1, 5), ["a": "1"]))
            for base in [version(1, 4), version(0, 5), version(1, 6)] {
                #expect(await store.write(write(base, version(1, 7), ["a": "2"], remove: ["a"])) == .behind)
            }
            // Once more the same change: it is there already, and builds on what is gone.
            #expect(await store.write(write(version(1, 4), version(1, 5), ["a": "2"])) == .behind)
            #expect(try await store.read(key) == record(version(1, 5), ["a": "1"]))
        }
    }

    @Test func nothingReplacesWhatIsNewer() async throws {
        try await RedisFixture.withStore { store async throws in
            _ = await store.write(write(nil, version(2, 5), ["a": "1"]))
            for (base, older) in [
                (nil, version(2, 4)), (nil, version(1, 100)), (version(1, 1), version(2, 4)),
                (version(2, 5), version(2, 4)),
            ] {
                #expect(await store.write(write(base, older, ["a": "2"])) == .superseded)
            }
            #expect(try await store.read(key) == record(version(2, 5), ["a": "1"]))
        }
    }

    @Test func aWholeStateReplacesEverythingAndMayBeRepeated() async throws {
        try await RedisFixture.withStore { store async throws in
            _ = await store.write(write(nil, version(1, 5), ["a": "1", "b": "2"]))
            for _ in 0..<2 { #expect(await store.write(write(nil, version(1, 5), ["c": "3"])) == .written) }
            #expect(try await store.read(key) == record(version(1, 5), ["c": "3"]))
            #expect(await store.write(write(nil, version(2, 1))) == .written)
            #expect(try await store.read(key) == record(version(2, 1), [:]))
        }
    }

    @Test func versionsAreComparedAsWholeNumbers() async throws {
        let rising: [HotVersion] = [
            version(.min, .min), version(.min, .max), version(-10, 0), version(-9, 0), version(0, -10), version(0, -9),
            version(0, 0), version(0, 9), version(0, 10), version(9, 0), version(10, 0), version(99, 0),
            version(100, 0),
            version(100, 1 << 53), version(100, (1 << 53) + 1), version(1 << 53, 0), version((1 << 53) + 1, 0),
            version(.max, .max - 1), version(.max, .max),
        ]
        try await RedisFixture.withStore { store async throws in
            for (index, version) in rising.enumerated() {
                #expect(await store.write(write(nil, version, ["a": "\(index)"])) == .written)
                #expect(try await store.version(key) == version)
                for older in rising[..<index] { #expect(await store.write(write(nil, older)) == .superseded) }
            }
            #expect(try await store.read(key) == record(version(.max, .max), ["a": "18"]))
        }
    }

    @Test func aVeryLargeStateIsWrittenInOneStep() async throws {
        try await RedisFixture.withStore { store async throws in
            let fields = Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("field-\($0)", "value-\($0)") })
            #expect(await store.write(write(nil, version(1, 1), fields)) == .written)
            #expect(try await store.read(key) == record(version(1, 1), fields))
            let change = write(version(1, 1), version(1, 2), ["one": "left"], remove: Array(fields.keys))
            #expect(await store.write(change) == .written)
            #expect(try await store.read(key) == record(version(1, 2), ["one": "left"]))
        }
    }

    @Test func namesAndValuesMayBeAnything() async throws {
        let fields: [(field: String, value: [UInt8])] = [
            ("", []), ("epoch", [0]), ("seq", [13, 10]), (".dot", Array(0...255)), ("Tür 🚪", [255, 254]),
        ]
        try await RedisFixture.withStore { store async throws in
            let write = HotWrite(key: key, base: nil, version: version(1, 1), set: fields)
            #expect(await store.write(write) == .written)
            let expected = Dictionary(uniqueKeysWithValues: fields.map { ($0.field, $0.value) })
            #expect(try await store.read(key) == HotRecord(version: version(1, 1), fields: expected))
            let change = HotWrite(key: key, base: version(1, 1), version: version(1, 2), remove: fields.map(\.field))
            #expect(await store.write(change) == .written)
            #expect(try await store.read(key)?.fields == [:])
        }
    }

    @Test func stateThatNobodyWritesLeavesInTheEnd() async throws {
        try await RedisFixture.withStore { store async throws in
            /// Whether all of it is left, but for what a slow machine may have used.
            func isWhole() async throws -> Bool {
                let left = try await store.client.call("TTL", "almanac:hot:" + key)
                return (0...60).contains { left == .integer(Int64(RedisHotStore.keepSeconds - $0)) }
            }
            _ = await store.write(write(nil, version(1, 1)))
            #expect(try await isWhole())
            _ = try await store.client.call("EXPIRE", "almanac:hot:" + key, "100")
            _ = await store.write(write(version(1, 1), version(1, 2)))
            #expect(try await isWhole())
        }
    }

    @Test func writesThatBuildOnEachOtherNeedNotWait() async throws {
        try await RedisFixture.withStore { store async throws in
            let told = Told<HotWritten>()
            store.write(write(nil, version(1, 0), ["n": "0"])) { told.tell($0) }
            for seq in 1..<2_000 as Range<Int64> {
                store.write(write(version(1, seq - 1), version(1, seq), ["n": "\(seq)"])) { told.tell($0) }
            }
            #expect(await told.wait(for: 2_000).allSatisfy { $0 == .written })
            #expect(try await store.read(key) == record(version(1, 1_999), ["n": "1999"]))
        }
    }

    @Test func aServerThatForgetsItsScriptsIsToldThemAgainAndTheOrderStands() async throws {
        try await OwnRedis.with { server in
            try await RedisFixture.withClient(server.url) { other in
                try await RedisFixture.withStore(server.url) { store async throws in
                    let told = Told<HotWritten>()
                    store.write(write(nil, version(1, 0))) { told.tell($0) }
                    var seq: Int64 = 0
                    for round in 1...30 {
                        func burst() {
                            for _ in 0..<100 {
                                seq += 1
                                store.write(write(version(1, seq - 1), version(1, seq))) { told.tell($0) }
                            }
                        }
                        // Before, amid and behind what is under way.
                        if !round.isMultiple(of: 3) { burst() }
                        #expect(try await other.call("SCRIPT", "FLUSH").text == "OK")
                        burst()
                        #expect(await told.wait(for: Int(seq) + 1).allSatisfy { $0 == .written })
                        #expect(try await store.version(key) == version(1, seq))
                    }
                    _ = try await other.call("SCRIPT", "FLUSH")
                    try await store.put("t", [1], seconds: 60)
                    #expect(try await store.take("t") == [1])
                }
            }
        }
    }

    // MARK: - PubSub

    @Test func listenersHearWhatIsWrittenAndNothingElse() async throws {
        try await RedisFixture.withStore { writer async throws in
            try await RedisFixture.withStore { reader async throws in
                let told = Told<HotEvent>()
                let listening = reader.listen(key) { told.tell($0) }
                #expect(await told.next() == .connected)
                let ended = Told<HotEvent>()
                reader.listen(key) { ended.tell($0) }.end()
                _ = await writer.write(write(nil, version(1, 2)))
                #expect(await writer.write(write(nil, version(1, 1))) == .superseded)
                #expect(await writer.write(write(version(1, 1), version(1, 9))) == .behind)
                _ = try await writer.client.call("PUBLISH", "almanac:feed:0:" + key, "not ours")
                _ = await writer.write(write(version(1, 2), version(1, 3)))
                let heard: [HotEvent] = [
                    .connected, .written(base: nil, version: version(1, 2), message: Array("1.2".utf8)),
                    .written(base: version(1, 2), version: version(1, 3), message: Array("1.3".utf8)),
                ]
                #expect(await told.wait(for: 3) == heard)
                #expect(ended.all.isEmpty || ended.all == [.connected])
                listening.end()
                _ = await writer.write(write(version(1, 3), version(1, 4)))
                #expect(told.all == heard)
            }
        }
    }

    @Test func databasesDoNotHearEachOther() async throws {
        try await RedisFixture.withStore { first async throws in
            try await RedisFixture.withStore(RedisFixture.server + "/5") { second async throws in
                let told = Told<HotEvent>()
                _ = second.listen(key) { told.tell($0) }
                #expect(await told.next() == .connected)
                _ = await first.write(write(nil, version(1, 1)))
                #expect(try await second.read(key) == nil)
                _ = await second.write(write(nil, version(1, 2)))
                #expect(await told.next() == .written(base: nil, version: version(1, 2), message: Array("1.2".utf8)))
            }
        }
    }

    // MARK: - Tickets

    @Test func aTicketIsTakenByExactlyOneOfManyAtOnce() async throws {
        try await RedisFixture.withStore { first async throws in
            try await RedisFixture.withStore { second async throws in
                for round in 0..<20 as Range<UInt8> {
                    try await first.put(key, [round], seconds: 60)
                    let taken = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                        for task in 0..<50 {
                            let store = task.isMultiple(of: 2) ? first : second
                            group.addTask { try await store.take(key) }
                        }
                        return try await group.reduce(into: [[UInt8]]()) { if let value = $1 { $0.append(value) } }
                    }
                    #expect(taken == [[round]])
                }
            }
        }
    }

    @Test func aTicketIsNotReplacedAndLeavesByItself() async throws {
        try await RedisFixture.withStore { store async throws in
            try await store.put(key, [0, 13, 10, 255], seconds: 60)
            try await store.put(key, [2], seconds: 600)
            // A slow machine may have used some of it.
            let left = try await store.client.call("TTL", "almanac:ticket:" + key)
            #expect((1...60).map { RedisReply.integer($0) }.contains(left))
            #expect(try await store.take(key) == [0, 13, 10, 255])
            #expect(try await store.take(key) == nil)
            try await store.put(key, [], seconds: 60)
            #expect(try await store.take(key) == [])
            // An end that has come already is no reason for an error.
            try await store.put(key, [1], seconds: 0)
        }
    }
}
