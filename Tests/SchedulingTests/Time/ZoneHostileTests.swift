import TestSupport
import Scheduling
import Testing

/// Files that nobody should write: each is refused, or makes a zone that answers every question.
@Suite struct ZoneHostileTests {
    /// Asks everything once; the point is to come back.
    private func interrogate(_ zone: Zone, random: inout SplitMix) {
        for _ in 0..<4 {
            let instant = Instant(microseconds: Int64.random(in: .min ... .max, using: &random))
            let near = Instant(seconds: Int64.random(in: -10_000_000_000...10_000_000_000, using: &random))
            for instant in [instant, near, .distantPast, .distantFuture] {
                #expect(-90_000...93_600 ~= zone.offset(at: instant))
                let civil = zone.civil(at: instant)
                #expect(0..<86_400 ~= civil.secondOfDay)
                if let next = zone.nextTransition(after: instant) { #expect(next > instant) }
                _ = zone.instant(civil.date, minute: Int.random(in: -3_000...6_000, using: &random))
                _ = zone.firstInstant(of: civil.date)
            }
        }
    }

    @Test(arguments: TimeFixtures.zoneNames)
    func aFileCutAtAnyLengthIsRefused(name: String) throws {
        let bytes = try TimeFixtures.bytes(of: name)
        for length in 0..<bytes.count {
            #expect(throws: ZoneError.self) { try Zone(id: name, tzif: Array(bytes[..<length])) }
        }
    }

    @Test(arguments: [31, 32, 33, 34] as [UInt64])
    func flippedBytesAreRefusedOrAnswered(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var answered = 0
        for name in TimeFixtures.zoneNames {
            let original = try TimeFixtures.bytes(of: name)
            for _ in 0..<60 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    // Headers and footer are where a byte decides most; the bulk of a file is transition times.
                    let index =
                        switch Int.random(in: 0..<4, using: &random) {
                        case 0: Int.random(in: 0..<44, using: &random)
                        case 1: Int.random(in: bytes.count - 40..<bytes.count, using: &random)
                        default: Int.random(in: 0..<bytes.count, using: &random)
                        }
                    bytes[index] = UInt8.random(in: 0...255, using: &random)
                }
                guard let zone = try? Zone(id: name, tzif: bytes) else { continue }
                answered += 1
                interrogate(zone, random: &random)
            }
        }
        #expect(answered > 100, "seed \(seed): so few files were taken that nothing was tried")
    }

    @Test(arguments: [41, 42] as [UInt64])
    func randomRulesAndTransitionsAreAnswered(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<300 {
            let days = ["J1", "J60", "J365", "0", "365", "M1.1.0", "M2.5.6", "M12.5.0", "M6.3.3"]
            let hours = Int.random(in: -167...167, using: &random)
            let footer = """
                AAA\(Int.random(in: -24...24, using: &random))BBB\(Int.random(in: -24...24, using: &random)),\
                \(days.randomElement(using: &random)!)/\(hours),\(days.randomElement(using: &random)!)/\(-hours)
                """
            var times: Set<Int64> = []
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let bound: Int64 = [1_000, 5_000_000_000, 300_000_000_000, .max].randomElement(using: &random)!
                times.insert(Int64.random(in: -bound...bound, using: &random))
            }
            let file = TZifBuilder(
                transitions: times.sorted().map { ($0, UInt8.random(in: 0...2, using: &random)) },
                offsets: (0...2).map { _ in Int32.random(in: -89_999...93_599, using: &random) },
                footer: footer
            )
            interrogate(try Zone(id: "Test/Zone", tzif: file.bytes), random: &random)
        }
    }

    @Test func countsBeyondTheFileAreRefusedBeforeAnythingIsAllocated() {
        for field in stride(from: 20, to: 44, by: 4) {
            for start in [0, 54] {
                var bytes = TZifBuilder(footer: "UTC0").bytes
                for index in start + field..<start + field + 4 { bytes[index] = 0xFF }
                #expect(throws: ZoneError.self) { try Zone(id: "Test/Zone", tzif: bytes) }
            }
        }
    }

    @Test(arguments: [
        (TZifBuilder(version: UInt8(ascii: "5")), ZoneError.Code.unsupportedVersion),
        (TZifBuilder(leapCount: 27), .leapSeconds),
        (TZifBuilder(transitions: [(5, 0), (5, 0)]), .malformed),
        (TZifBuilder(transitions: [(5, 0), (4, 0)]), .malformed),
        (TZifBuilder(transitions: [(5, 1)]), .malformed),
        (TZifBuilder(offsets: [.min]), .malformed),
        (TZifBuilder(offsets: [93_600]), .malformed),
        (TZifBuilder(offsets: []), .malformed),
    ])
    func theReasonIsNamed(file: TZifBuilder, code: ZoneError.Code) {
        do throws(ZoneError) {
            _ = try Zone(id: "Test/Zone", tzif: file.bytes)
            Issue.record("taken")
        } catch {
            #expect(error.code == code)
        }
    }

    @Test func whatIsNoTZifIsRefused() {
        #expect(throws: ZoneError.self) { try Zone(id: "Test/Zone", tzif: []) }
        #expect(throws: ZoneError.self) { try Zone(id: "Test/Zone", tzif: Array("# tzdb data".utf8)) }
        #expect(throws: ZoneError.self) { try Zone(id: "Test/Zone", tzif: [UInt8](repeating: 0, count: 4_096)) }
    }
}
