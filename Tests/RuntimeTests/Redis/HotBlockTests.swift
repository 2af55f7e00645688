import TestSupport
import Testing

@testable import AlmanacRuntime

/// What is kept in Redis, as bytes that anybody may have touched.
@Suite struct HotBlockTests {
    private let keys = HotKeys(Secrets(key: Array(0..<32))!)

    private func version(_ seq: Int64) -> HotVersion { HotVersion(epoch: 3, seq: seq) }

    private func block(
        _ base: Int64?, _ seq: Int64, _ set: [String: [UInt8]] = [:], remove: [String] = [], key: String = "k"
    ) throws -> [UInt8] {
        let write = HotWrite(
            key: key, base: base.map(version), version: version(seq), set: set.map { ($0.key, $0.value) },
            remove: remove
        )
        return try #require(HotBlock.seal(write, keys.pair(key)))
    }

    private func fields(_ blocks: [[UInt8]], upTo seq: Int64, key: String = "k") -> [String: [UInt8]]? {
        HotBlock.fields(Array(blocks.joined())[...], upTo: version(seq), keys.pair(key))
    }

    @Test func aStateIsWhatItsBlocksMadeOfIt() throws {
        let all = try [
            block(nil, 5, ["a": [1], "b": [2], "": []]), block(5, 6, ["b": [3], "c": [4]], remove: ["a", "never"]),
            block(6, 9),
        ]
        #expect(fields(all, upTo: 9) == ["": [], "b": [3], "c": [4]])
        #expect(fields(Array(all[..<1]), upTo: 5) == ["a": [1], "b": [2], "": []])
    }

    /// Left out, doubled, put back, in another order, of another history, without a beginning.
    @Test func aBlockOpensBehindTheOneBeforeItOnly() throws {
        let (first, second, third) = try (block(nil, 5, ["a": [1]]), block(5, 6, ["b": [2]]), block(6, 7, ["c": [3]]))
        #expect(fields([first, second, third], upTo: 7)?.count == 3)
        let wrong: [[[UInt8]]] = [
            [], [first], [first, second], [first, third], [second, third], [first, second, second, third],
            [first, third, second], [second, first, third], [first, second, third, second],
        ]
        for blocks in wrong { #expect(fields(blocks, upTo: 7) == nil) }
        // The same versions, and another base.
        #expect(try fields([first, second, block(5, 7, ["c": [3]])], upTo: 7) == nil)
        #expect(try fields([first, second, block(nil, 7, ["c": [3]])], upTo: 7) == nil)
        #expect(try fields([block(nil, 5, key: "other"), second, third], upTo: 7) == nil)
        #expect(fields([first, second, third], upTo: 7, key: "other") == nil)
    }

    @Test func noByteMayBeAltered() throws {
        let blocks = try [block(nil, 5, ["a": [1, 2, 3]]), block(5, 6, ["b": [2]])]
        let bytes = Array(blocks.joined())
        for index in bytes.indices {
            var altered = bytes
            altered[index] ^= 1
            #expect(HotBlock.fields(altered[...], upTo: version(6), keys.pair("k")) == nil, "byte \(index)")
        }
        for length in 0..<bytes.count {
            #expect(HotBlock.fields(bytes[..<length], upTo: version(6), keys.pair("k")) == nil, "\(length) bytes")
        }
        var random = SplitMix(seed: 1)
        for length in 0..<200 {
            let junk = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(HotBlock.fields(junk[...], upTo: version(6), keys.pair("k")) == nil)
        }
    }

    @Test func aHeadSaysItsVersionForItsCalendarOnly() {
        let (pair, other) = (keys.pair("k"), keys.pair("l"))
        let versions = [
            HotVersion(epoch: 0, seq: 0), HotVersion(epoch: .min, seq: .max), HotVersion(epoch: .max, seq: .min),
            HotVersion(epoch: 12, seq: 345),
        ]
        for version in versions {
            let head = HotHead(version, pair)
            #expect(head.bytes.count == HotHead.size)
            #expect(HotHead.version(head.bytes, pair) == version)
            #expect(HotHead.version(head.bytes + [1, 2], pair) == version)
            #expect(HotHead.version(head.bytes, other) == nil)
            for index in head.bytes.indices {
                var altered = head.bytes
                altered[index] ^= 1
                #expect(HotHead.version(altered, pair) == nil, "byte \(index)")
            }
        }
        #expect(HotHead.version([], pair) == nil)
        #expect(HotHead.version([UInt8](repeating: 0x39, count: 72), pair) == nil)
    }

    /// Another installation's keys are other keys.
    @Test func anotherInstallationKnowsNothing() throws {
        let stranger = HotKeys(Secrets(key: Array(1..<33))!)
        let head = HotHead(version(1), keys.pair("k"))
        #expect(HotHead.version(head.bytes, stranger.pair("k")) == nil)
        #expect(try HotBlock.fields(block(nil, 1)[...], upTo: version(1), stranger.pair("k")) == nil)
        let ticket = try #require(keys.seal([1], "name"))
        #expect(keys.open(ticket, "name") == [1])
        #expect(stranger.open(ticket, "name") == nil && keys.open(ticket, "other") == nil)
        #expect(HotKeys().open(ticket, "name") == nil)
    }
}
