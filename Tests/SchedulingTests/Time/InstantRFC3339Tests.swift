import TestSupport
import Scheduling
import Testing

@Suite struct InstantRFC3339Tests {
    @Test(arguments: [
        ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520Z"),
        ("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z"),
        ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"),
        ("2024-02-29t00:00:00z", "2024-02-29T00:00:00Z"),
        ("2024-02-29T00:00:00-00:00", "2024-02-29T00:00:00Z"),
        ("2024-02-29T00:00:00+23:59", "2024-02-28T00:01:00Z"),
        ("1969-12-31T23:59:59.1Z", "1969-12-31T23:59:59.100Z"),
        ("2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00Z"),
        ("2024-01-01T00:00:00.000001Z", "2024-01-01T00:00:00.000001Z"),
        ("2024-01-01T00:00:00.1234569Z", "2024-01-01T00:00:00.123456Z"),
        ("2024-01-01T00:00:00.999999999999999999999Z", "2024-01-01T00:00:00.999999Z"),
        ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
    ])
    func isReadAndPrintedInUTC(text: String, printed: String) throws {
        let instant = try #require(Instant(rfc3339: text))
        #expect(instant.rfc3339 == printed)
        #expect(instant.description == printed)
        #expect(Instant(rfc3339Bytes: Array(text.utf8)) == instant)
        #expect(Instant(rfc3339Bytes: Array("x\(text)x".utf8)[1...].dropLast()) == instant)
        #expect(Instant(rfc3339Bytes: Array(text.utf8).lazy.map { $0 }) == instant)
        var buffer = Array("at ".utf8)
        instant.appendRFC3339(to: &buffer)
        #expect(String(decoding: buffer, as: UTF8.self) == "at \(printed)")
    }

    @Test(arguments: [
        "", "Z", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00Z", "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:60Z", "2016-12-31T23:59:60Z", "2024-01-01T24:00:00Z", "2024-01-01T23:60:00Z",
        "2023-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
        "2024-04-31T00:00:00Z", "2024-01-00T00:00:00Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00,5Z", "2024-01-01T00:00:00.5", "2024-01-01T00:00:00Zz",
        "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+01:60", "2024-01-01T00:00:00+0100",
        "2024-01-01T00:00:00+01", "2024-01-01T00:00:00+01:00 ", "2024-01-01T00:00:00 01:00", " 2024-01-01T00:00:00Z",
        "2024/01/01T00:00:00Z", "2024-01-01T00.00.00Z", "+024-01-01T00:00:00Z", "2024-1-01T00:00:00ZZ",
        "2024-01-01T00:00:00\u{2212}01:00", "２024-01-01T00:00:00Z", "2024-01-01T00:00:00.5\u{0}Z",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2024-01-01\u{14}00:00:00Z",
    ])
    func whatIsNotRFC3339IsRefused(text: String) {
        #expect(Instant(rfc3339: text) == nil)
        #expect(Instant(rfc3339Bytes: Array(text.utf8)) == nil)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func everyInstantSurvivesPrintingAndReading(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let range = Instant.distantPast.microseconds...Instant.distantFuture.microseconds
        for _ in 0..<5_000 {
            var value = Int64.random(in: range, using: &random)
            // Most random values have six digits of fraction; the shorter forms want their share.
            let unit: Int64 = [1, 1, 1_000, 1_000_000, 86_400_000_000].randomElement(using: &random)!
            value -= value % unit
            let instant = Instant(microseconds: value)
            #expect(Instant(rfc3339: instant.rfc3339) == instant, "seed \(seed)")
        }
    }

    @Test(arguments: [4, 5] as [UInt64])
    func anOffsetMovesTheInstantAndNothingElse(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<2_000 {
            let utc = Instant(seconds: Int64.random(in: -60_000_000_000...250_000_000_000, using: &random))
            let minutes = Int.random(in: -1_439...1_439, using: &random)
            let wall = utc.adding(minutes: minutes).rfc3339.dropLast()
            let digits = [abs(minutes) / 60, abs(minutes) % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
            let text = "\(wall)\(minutes < 0 ? "-" : "+")\(digits[0]):\(digits[1])"
            #expect(Instant(rfc3339: text) == utc, "seed \(seed): \(text)")
        }
    }

    @Test(arguments: [6, 7] as [UInt64])
    func damagedTextIsRefusedOrReadButNeverTraps(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let original = Array("2024-02-29T23:59:59.123456+13:45".utf8)
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &random) / 3)
            if let instant = Instant(rfc3339Bytes: bytes) {
                #expect(Instant(rfc3339: instant.rfc3339) == instant, "seed \(seed)")
            }
        }
    }

    @Test func anInstantBeyondTheYearsPrintsAsTheNearerBound() {
        #expect(Instant(microseconds: .max).rfc3339 == Instant.distantFuture.rfc3339)
        #expect(Instant(microseconds: .min).rfc3339 == Instant.distantPast.rfc3339)
    }
}
