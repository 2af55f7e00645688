import TestSupport
@testable import PostgresDriver
@testable import SQL
import Scheduling
import Testing

/// The binary forms by themselves; that the server shares them is tested with the server.
@Suite struct PostgresCodecTests {
    private func encode(_ value: SQLValue, _ type: PostgresType) throws -> [UInt8] {
        var encoder = PostgresEncoder()
        _ = try encoder.append(.one(value), as: .one(type))
        return encoder.bytes
    }

    private func decode(_ bytes: [UInt8], _ oid: UInt32) throws -> SQLValue {
        try bytes.withUnsafeBytes { try PostgresDecoder.value($0, oid: oid) }
    }

    @Test func parametersLieOneBehindTheOther() throws {
        var encoder = PostgresEncoder()
        #expect(try encoder.append(.one(.integer(1)), as: .one(.int4)) == 0..<4)
        #expect(try encoder.append(.one(.null), as: .one(.int4)) == nil)
        #expect(try encoder.append(.one(.text("")), as: .one(.text)) == 4..<4)
        #expect(try encoder.append(.one(.null), as: .inferred) == nil)
        #expect(try encoder.append(.many([]), as: .many(.text)) == 4..<16)
    }

    @Test func aValueOfAnotherTypeIsRefused() throws {
        let values: [(SQLValue, [PostgresType])] = [
            (.integer(1), [.int2, .int4, .int8]), (.text("2026-01-01"), [.text, .date]), (.blob([1]), [.bytea]),
            (.bool(true), [.bool]), (.id(ID(high: 1, low: 2)), [.uuid]),
            (.instant(Instant(seconds: 0)), [.timestamptz]),
            (.json([0x31]), [.json, .jsonb]),
        ]
        for (value, own) in values {
            for type in PostgresType.allCases {
                if own.contains(type) {
                    #expect(throws: Never.self) { try encode(value, type) }
                } else {
                    #expect(throws: StoreError.self) { try encode(value, type) }
                }
            }
        }
        var encoder = PostgresEncoder()
        #expect(throws: StoreError.self) { try encoder.append(.many([.integer(1)]), as: .one(.int8)) }
        #expect(throws: StoreError.self) { try encoder.append(.one(.integer(1)), as: .many(.int8)) }
        #expect(throws: StoreError.self) { try encoder.append(.one(.integer(1)), as: .inferred) }
    }

    @Test func numbersThatDoNotFitAreRefused() throws {
        #expect(throws: StoreError.self) { try encode(.integer(40_000), .int2) }
        #expect(throws: StoreError.self) { try encode(.integer(1 << 31), .int4) }
        #expect(throws: StoreError.self) { try encode(.instant(Instant(microseconds: .min)), .timestamptz) }
        #expect(throws: StoreError.self) {
            try encode(.instant(Instant(microseconds: .min + PostgresEncoder.epoch)), .timestamptz)
        }
        #expect(throws: StoreError.self) { try encode(.text("2026-02-30"), .date) }
    }

    @Test func infinitiesBecomeTheNearestThereIs() throws {
        #expect(try decode([UInt8](repeating: 0xFF, count: 8).replacing(first: 0x7F), 1184) == .instant(.distantFuture))
        #expect(try decode([UInt8](repeating: 0, count: 8).replacing(first: 0x80), 1184) == .instant(.distantPast))
        #expect(try decode([0x7F, 0xFF, 0xFF, 0xFF], 1082) == .text("9999-12-31"))
        #expect(try decode([0x80, 0, 0, 0], 1082) == .text("0001-01-01"))
    }

    @Test func aTypeWithoutAValueIsCorrupt() throws {
        // numeric, float8, tstzrange, int8[]
        for oid: UInt32 in [1700, 701, 3910, 1016] {
            #expect(throws: StoreError.self) { try decode([0, 0, 0, 0], oid) }
        }
        #expect(throws: StoreError.self) { try decode([2, 0x7B, 0x7D], 3802) }
    }

    @Test func whatIsTooShortOrTooLongIsCorrupt() throws {
        for type in PostgresType.allCases where ![.text, .bytea, .json, .jsonb].contains(type) {
            for count in 0...20 {
                let bytes = [UInt8](repeating: 1, count: count)
                if (try? decode(bytes, type.oid)) != nil { #expect([1, 2, 4, 8, 16].contains(count)) }
            }
        }
        #expect(throws: StoreError.self) { try decode([], 3802) }
    }

    /// An array cut anywhere, or with any byte changed, is read or refused; it never traps.
    @Test(arguments: 0..<4) func brokenArraysAreRefused(seed: UInt64) throws {
        var encoder = PostgresEncoder()
        _ = try encoder.append(.many([.text("one"), .null, .text(""), .text("four")]), as: .many(.text))
        let sound = encoder.bytes
        var random = SplitMix(seed: seed)
        func read(_ bytes: [UInt8]) -> [SQLValue]? {
            bytes.withUnsafeBytes { try? PostgresDecoder.array($0, oid: PostgresType.text.arrayOID) }
        }
        #expect(read(sound) == [.text("one"), .null, .text(""), .text("four")])
        for count in 0..<sound.count { #expect(read(Array(sound[..<count])) == nil) }
        for _ in 0..<2_000 {
            var broken = sound
            broken[Int.random(in: 0..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = read(broken)
        }
    }

    @Test func everyTypeIsFoundByItsNumbers() {
        for type in PostgresType.allCases {
            #expect(PostgresType(oid: type.oid) == type)
            #expect(PostgresType(arrayOID: type.arrayOID) == type)
            #expect(PostgresType(oid: type.arrayOID) == nil)
        }
    }
}

extension [UInt8] {
    fileprivate func replacing(first byte: UInt8) -> [UInt8] { [byte] + dropFirst() }
}
