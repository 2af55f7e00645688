import TestSupport
@testable import RedisDriver
import Foundation
import Testing

@testable import AlmanacRuntime

/// Many writers on several nodes, with versions by chance: what is kept never goes back, and its fields are always those
/// of its version.
@Suite(.needsRedis, .timeLimit(.minutes(5))) struct HotStoreModelTests {
    private static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["ALMANAC_TRIALS"] == nil ? [1, 2] : Array(1...40)

    /// A history: which fields a version has. The same for everybody, as the record is.
    private func fields(_ version: HotVersion) -> [String: [UInt8]] {
        var random = SplitMix(seed: UInt64(bitPattern: version.epoch &* 1_000 &+ version.seq))
        var fields: [String: [UInt8]] = [:]
        for field in 0..<12 where Bool.random(using: &random) {
            fields["f\(field)"] = [UInt8.random(in: 0...255, using: &random), UInt8(field)]
        }
        return fields
    }

    private func write(_ key: String, _ base: HotVersion?, _ version: HotVersion) -> HotWrite {
        let (before, after) = (base.map(fields) ?? [:], fields(version))
        return HotWrite(
            key: key, base: base, version: version,
            set: after.filter { before[$0.key] != $0.value }.map { ($0.key, $0.value) },
            remove: before.keys.filter { after[$0] == nil }, message: Array("\(version)".utf8)
        )
    }

    /// A little older or newer; across the bounds at which a number gets another digit.
    private func version(near version: HotVersion, using random: inout SplitMix) -> HotVersion {
        if Int.random(in: 0..<20, using: &random) == 0 { return HotVersion(epoch: version.epoch + 1, seq: 5) }
        return HotVersion(epoch: version.epoch, seq: version.seq + .random(in: -2...3, using: &random))
    }

    @Test(arguments: seeds, [false, true])
    func whatIsKeptNeverGoesBackAndIsAlwaysOneVersion(seed: UInt64, isDisturbed: Bool) async throws {
        try await OwnRedis.with { server in
            try await RedisFixture.withStore(server.url) { first in
                try await RedisFixture.withStore(server.url) { second in
                    try await run(seed, isDisturbed, [first, second], server)
                }
            }
        }
    }

    private func run(_ seed: UInt64, _ isDisturbed: Bool, _ stores: [RedisHotStore], _ server: OwnRedis) async throws {
        let keys = ["one", "two", "three"]
        let heard = keys.map { _ in Told<HotEvent>() }
        for (key, told) in zip(keys, heard) {
            _ = stores[0].listen(key) { told.tell($0) }
            #expect(await told.next() == .connected)
        }
        let written = Told<(key: String, version: HotVersion)>()
        let disturber = try RedisClient(try RedisFixture.configuration(server.url))
        await disturber.connected()
        let disturb: @Sendable (Int) async -> Void = { step in
            guard isDisturbed, step % 40 == 20 else { return }
            _ = try? await disturber.call("SCRIPT", "FLUSH")
            _ = try? await disturber.call(
                "CLIENT", "KILL", "TYPE", step % 80 == 20 ? "normal" : "pubsub", "SKIPME", "yes")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 as Range<UInt64> {
                group.addTask {
                    var random = SplitMix(seed: seed &* 100 &+ writer)
                    let store = stores[Int(writer % 2)]
                    for step in 0..<120 {
                        if writer == 0 { await disturb(step) }
                        let key = keys[Int.random(in: 0..<3, using: &random)]
                        let there = try? await store.version(key)
                        let center = there ?? HotVersion(epoch: 8, seq: 5)
                        let version = version(near: center, using: &random)
                        var base: HotVersion?
                        switch Int.random(in: 0..<4, using: &random) {
                        case 0: break
                        case 1: base = self.version(near: center, using: &random)
                        // Mostly on what is there, so that it is written mostly.
                        default: base = there
                        }
                        if await store.write(write(key, base, version)) == .written {
                            written.tell((key, version))
                        }
                    }
                }
            }
            for reader in 0..<2 {
                group.addTask {
                    for key in keys {
                        var last: HotVersion?
                        for _ in 0..<100 {
                            guard let record = try? await stores[reader].read(key) else { continue }
                            #expect(record.fields == fields(record.version), "seed \(seed)")
                            if let last { #expect(record.version >= last, "seed \(seed)") }
                            last = record.version
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        await disturber.close()
        for store in stores { await store.client.connected() }
        for (key, told) in zip(keys, heard) {
            let claimed = written.all.filter { $0.key == key }.map(\.version)
            let record = try #require(try await stores[1].read(key))
            #expect(record.fields == fields(record.version), "seed \(seed)")
            #expect(claimed.allSatisfy { $0 <= record.version }, "seed \(seed)")
            // The feed tells each write once, in the order of the writes.
            let events = isDisturbed ? told.all : await told.wait(for: claimed.count + 1)
            let versions = events.compactMap { if case .written(_, let version, _) = $0 { version } else { nil } }
            #expect(versions == versions.sorted(), "seed \(seed)")
            guard !isDisturbed else { continue }
            #expect(versions == claimed.sorted(), "seed \(seed)")
            #expect(versions.last == record.version, "seed \(seed)")
            #expect(claimed.count > 20, "seed \(seed): too few were written to show anything")
        }
    }
}
