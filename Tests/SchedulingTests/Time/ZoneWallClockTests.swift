import TestSupport
import Scheduling
import Testing

/// The rule of RFC 5545 §3.3.5, by examples that a reader can check with a calendar.
@Suite struct ZoneWallClockTests {
    @Test(arguments: [
        // A skipped time is read with the offset before the gap.
        ("America/New_York", "2024-03-10", 150, "2024-03-10T03:30:00-04:00"),
        ("America/New_York", "2024-03-10", 119, "2024-03-10T01:59:00-05:00"),
        ("America/New_York", "2024-03-10", 180, "2024-03-10T03:00:00-04:00"),
        ("Australia/Lord_Howe", "2024-10-06", 135, "2024-10-06T02:45:00+11:00"),
        ("Antarctica/Troll", "2024-03-31", 90, "2024-03-31T03:30:00+02:00"),
        // A repeated time is the first.
        ("America/New_York", "2024-11-03", 90, "2024-11-03T01:30:00-04:00"),
        ("America/New_York", "2024-11-03", 120, "2024-11-03T02:00:00-05:00"),
        ("America/Havana", "2024-11-03", 0, "2024-11-03T00:00:00-04:00"),
        ("Europe/Dublin", "2024-10-27", 90, "2024-10-27T01:30:00+01:00"),
        // Minutes beyond the day are the wall clock of the following days.
        ("America/New_York", "2024-11-02", 1_440 + 90, "2024-11-03T01:30:00-04:00"),
        ("Europe/London", "2024-03-30", 1_440, "2024-03-31T00:00:00Z"),
        ("Europe/London", "2024-03-30", 2_880, "2024-04-01T00:00:00+01:00"),
        ("Europe/London", "2024-04-01", -60, "2024-03-31T23:00:00+01:00"),
        // Far beyond every table.
        ("America/New_York", "2999-07-04", 720, "2999-07-04T12:00:00-04:00"),
        ("America/New_York", "2101-01-01", 0, "2101-01-01T00:00:00-05:00"),
    ])
    func wallClocksAreReadByTheRule(zone: String, day: String, minute: Int, expected: String) throws {
        #expect(try TimeFixtures.zone(zone).instant(isoDate(day), minute: minute) == rfc3339(expected))
    }

    @Test(arguments: [
        ("America/Havana", "2024-03-10", "2024-03-10T01:00:00-04:00"),
        ("Asia/Beirut", "2024-03-31", "2024-03-31T01:00:00+03:00"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"),
        ("Europe/London", "2024-06-01", "2024-06-01T00:00:00+01:00"),
    ])
    func aDayBeginsAfterItsSkippedMidnight(zone: String, day: String, expected: String) throws {
        let zone = try TimeFixtures.zone(zone)
        #expect(zone.startOfDay(isoDate(day)) == rfc3339(expected))
        #expect(zone.firstInstant(of: isoDate(day)) == rfc3339(expected))
    }

    @Test func aGapAcrossMidnightLetsTheDayBeginBeforeItsMidnightIsRead() throws {
        let toronto = try TimeFixtures.zone("America/Toronto")
        #expect(toronto.startOfDay(isoDate("1919-03-31")) == rfc3339("1919-03-31T01:00:00-04:00"))
        #expect(toronto.firstInstant(of: isoDate("1919-03-31")) == rfc3339("1919-03-31T00:30:00-04:00"))
    }

    @Test func aMidnightThatIsRepeatedIsTheFirst() throws {
        // At 00:01 on 2010-11-07 St. John's went back to 23:01 of the day before.
        let stJohns = try TimeFixtures.zone("America/St_Johns")
        let first = rfc3339("2010-11-07T00:00:00-02:30")
        #expect(stJohns.startOfDay(isoDate("2010-11-07")) == first)
        #expect(stJohns.firstInstant(of: isoDate("2010-11-07")) == first)
        #expect(stJohns.date(at: first.adding(minutes: 1)) == isoDate("2010-11-06"))
        #expect(stJohns.date(at: first.adding(minutes: 60)) == isoDate("2010-11-07"))
    }

    @Test(arguments: [
        ("Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"),
        ("Pacific/Kwajalein", "1993-08-21", "1993-08-22T00:00:00+12:00"),
    ])
    func aDateThatWasLeftOutBeginsWithTheNextOne(zone: String, day: String, expected: String) throws {
        let zone = try TimeFixtures.zone(zone)
        #expect(zone.firstInstant(of: isoDate(day)) == rfc3339(expected))
        #expect(zone.startOfDay(isoDate(day)) == rfc3339(expected))
        #expect(zone.date(at: rfc3339(expected)) == isoDate(day).adding(days: 1))
    }

    @Test(arguments: TimeFixtures.zoneNames)
    func firstInstantIsTheEarliestOfItsDate(name: String) throws {
        let zone = try TimeFixtures.zone(name)
        for dayNumber in stride(from: isoDate("1900-01-01").dayNumber, to: isoDate("2045-01-01").dayNumber, by: 1) {
            let day = CivilDate(dayNumber: Int(dayNumber))
            let first = zone.firstInstant(of: day)
            if zone.date(at: first) == day {
                #expect(zone.date(at: first.adding(microseconds: -1)) < day, "\(name) \(day)")
                #expect(first <= zone.startOfDay(day))
            } else {
                #expect(zone.civil(at: first).date > day, "\(name) \(day)")
            }
        }
    }

    @Test(arguments: [21, 22] as [UInt64])
    func theCivilTimeOfAnInstantLeadsBackToIt(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for name in TimeFixtures.zoneNames {
            let zone = try TimeFixtures.zone(name)
            for _ in 0..<500 {
                let seconds = Int64.random(in: -2_000_000_000...10_000_000_000, using: &random)
                let instant = Instant(seconds: seconds).adding(microseconds: 999_999)
                let civil = zone.civil(at: instant)
                let local = Int64(civil.date.dayNumber) * 86_400 + Int64(civil.secondOfDay)
                #expect(local - Int64(zone.offset(at: instant)) == seconds, "seed \(seed) \(name) \(seconds)")
                #expect(0..<86_400 ~= civil.secondOfDay)
            }
        }
    }

    @Test func theEndsOfTimeSaturate() throws {
        for name in TimeFixtures.zoneNames {
            let zone = try TimeFixtures.zone(name)
            for instant in [Instant(microseconds: .min), .distantPast, .distantFuture, Instant(microseconds: .max)] {
                _ = zone.civil(at: instant)
                _ = zone.nextTransition(after: instant)
            }
            #expect(zone.instant(CivilDate(dayNumber: .max), minute: .max) == .distantFuture)
            #expect(zone.instant(CivilDate(dayNumber: .min), minute: .min) == .distantPast)
            _ = zone.firstInstant(of: CivilDate(dayNumber: .min))
            _ = zone.firstInstant(of: CivilDate(dayNumber: .max))
            #expect(zone.nextTransition(after: .distantFuture) == nil)
        }
    }
}
