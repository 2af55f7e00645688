import Scheduling
import Testing

@Suite struct InstantTests {
    @Test func secondsRoundTowardsThePast() {
        #expect(Instant(microseconds: 1_999_999).secondsFloor == 1)
        #expect(Instant(microseconds: -1).secondsFloor == -1)
        #expect(Instant(microseconds: -1_000_000).secondsFloor == -1)
        #expect(Instant(microseconds: .min).secondsFloor == -9_223_372_036_855)
    }

    @Test func addingCountsInItsUnit() {
        let epoch = Instant(seconds: 0)
        #expect(epoch.adding(microseconds: -7).microseconds == -7)
        #expect(epoch.adding(seconds: 90) == epoch.adding(microseconds: 90_000_000))
        #expect(epoch.adding(minutes: -3) == Instant(seconds: -180))
        #expect(epoch.adding(days: 2) == Instant(seconds: 172_800))
    }

    @Test func additionSaturatesAtTheYears1And9999() {
        for start in [Instant.distantPast, Instant(seconds: 0), .distantFuture, Instant(microseconds: .max)] {
            #expect(start.adding(microseconds: .max) == .distantFuture)
            #expect(start.adding(seconds: .max) == .distantFuture)
            #expect(start.adding(minutes: .max) == .distantFuture)
            #expect(start.adding(days: .max) == .distantFuture)
        }
        for start in [Instant.distantPast, Instant(seconds: 0), .distantFuture, Instant(microseconds: .min)] {
            #expect(start.adding(microseconds: .min) == .distantPast)
            #expect(start.adding(seconds: .min) == .distantPast)
            #expect(start.adding(minutes: .min) == .distantPast)
            #expect(start.adding(days: .min) == .distantPast)
        }
        #expect(Instant(seconds: .max) == .distantFuture)
        #expect(Instant(seconds: .min) == .distantPast)
    }

    @Test func differencesSaturate() {
        #expect(Instant(seconds: 3) - Instant(seconds: 5) == -2_000_000)
        #expect(Instant(microseconds: .max) - Instant(microseconds: .min) == .max)
        #expect(Instant(microseconds: .min) - Instant(microseconds: .max) == .min)
    }

    @Test func theBoundsAreTheFirstAndLastPrintableInstants() {
        #expect(Instant.distantPast.rfc3339 == "0001-01-01T00:00:00Z")
        #expect(Instant.distantFuture.rfc3339 == "9999-12-31T23:59:59.999999Z")
        #expect(Instant.distantPast < .distantFuture)
    }
}
