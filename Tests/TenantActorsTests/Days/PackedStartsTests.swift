import Scheduling
import Testing

@testable import TenantActors

@Suite struct PackedStartsTests {
    private static let origin = Instant(rfc3339: "2026-11-02T00:00:00Z")!

    @Test func startsComeOutAsTheyWentIn() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var seconds: Set<Int64> = []
            for _ in 0..<Int.random(in: 0...300, using: &generator) {
                seconds.insert(.random(in: 0...90_000, using: &generator))
            }
            let starts = seconds.sorted().map { Self.origin.adding(seconds: $0) }
            #expect(PackedStarts.decode(PackedStarts.encode(starts, from: Self.origin), from: Self.origin) == starts)
        }
    }

    @Test func halfHoursTakeTwoBytesEach() {
        let starts = (0..<16).map { Self.origin.adding(minutes: 540 + $0 * 30) }
        #expect(PackedStarts.encode(starts, from: Self.origin).count == 3 + 15 * 2)
    }

    @Test(arguments: [[0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [1, 0x90]] as [[UInt8]])
    func whatIsNoListIsNotRead(bytes: [UInt8]) {
        #expect(PackedStarts.decode(bytes, from: Self.origin) == nil)
    }
}
