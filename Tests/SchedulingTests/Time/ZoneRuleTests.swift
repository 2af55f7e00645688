import Scheduling
import Testing

/// Zones made of nothing but a footer (RFC 8536 §3.3), and what TZif itself prescribes (§3.2).
@Suite struct ZoneRuleTests {
    private func zone(_ footer: String) throws -> Zone {
        try Zone(id: "Test/Zone", tzif: TZifBuilder(footer: footer).bytes)
    }

    @Test(arguments: [
        ("UTC0", 0), ("<+03>-3", 10_800), ("<-00>0", 0), ("IST-5:30", 19_800), ("XYZ+4:05:06", -14_706),
        ("<+0545>-5:45", 20_700), ("ABC-24", 86_400),
    ])
    func aFooterWithoutDaylightTimeIsAFixedOffset(footer: String, offset: Int) throws {
        let zone = try zone(footer)
        for text in ["0001-01-02T00:00:00Z", "2024-07-01T00:00:00Z", "9999-12-30T00:00:00Z"] {
            #expect(zone.offset(at: rfc3339(text)) == offset)
        }
        #expect(zone.nextTransition(after: .distantPast) == nil)
    }

    @Test(arguments: [
        ("EST5EDT,M3.2.0,M11.1.0", "2024-03-10T07:00:00Z", "2024-11-03T06:00:00Z"),
        ("EST5EDT,M3.2.0/2,M11.1.0/02:00:00", "2024-03-10T07:00:00Z", "2024-11-03T06:00:00Z"),
        ("AAA0BBB-2,M3.5.0/1,M10.5.0/3", "2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z"),
        // J counts no 29 February, a bare number does.
        ("AAA0BBB,J60/0,J300/1", "2024-03-01T00:00:00Z", "2024-10-27T00:00:00Z"),
        ("AAA0BBB,J59/0,J300/1", "2024-02-28T00:00:00Z", "2024-10-27T00:00:00Z"),
        ("AAA0BBB,59/0,300/1", "2024-02-29T00:00:00Z", "2024-10-27T00:00:00Z"),
        ("AAA0BBB,0/1,364/1", "2024-01-01T01:00:00Z", "2024-12-30T00:00:00Z"),
        // Times beyond the day: Gaza, Santiago, Nuuk.
        ("EET-2EEST,M3.4.4/50,M10.4.4/50", "2024-03-30T00:00:00Z", "2024-10-25T23:00:00Z"),
        ("<-04>4<-03>,M9.1.6/24,M4.1.6/24", "2024-09-08T04:00:00Z", "2024-04-07T03:00:00Z"),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z"),
        ("AAA0BBB,M4.1.0/167,M10.1.0/-167", "2024-04-13T23:00:00Z", "2024-09-29T00:00:00Z"),
        // Less than standard time in winter.
        ("IST-1GMT0,M10.5.0,M3.5.0/1", "2024-10-27T01:00:00Z", "2024-03-31T01:00:00Z"),
        // Changes that fall into the neighbouring year.
        ("AAA0BBB,J1/-2,J300/1", "2023-12-31T22:00:00Z", "2024-10-27T00:00:00Z"),
        ("AAA0BBB,J60/0,J365/25", "2024-03-01T00:00:00Z", "2025-01-01T00:00:00Z"),
    ])
    func daylightTimeBeginsAndEndsAsTheFooterSays(footer: String, start: String, end: String) throws {
        let zone = try zone(footer)
        // The Gregorian calendar repeats every 400 years: the same in the table and far beyond it.
        for shift in [0, 1, 10, 19] {
            let start = rfc3339(start).adding(days: shift * 146_097)
            let end = rfc3339(end).adding(days: shift * 146_097)
            for (moment, sign) in [(start, 1), (end, -1)] {
                let before = zone.offset(at: moment.adding(microseconds: -1))
                let difference = zone.offset(at: moment) - before
                #expect(difference != 0 && difference.signum() == (footer.hasPrefix("IST") ? -sign : sign), "\(moment)")
                #expect(zone.nextTransition(after: moment.adding(microseconds: -1)) == moment)
                #expect(zone.nextTransition(after: moment) != moment)
                let last = moment.adding(seconds: Int64(before - 60))
                let minute = Int(last.secondsFloor / 60)
                #expect(zone.instant(isoDate("1970-01-01"), minute: minute) == moment.adding(minutes: -1))
            }
        }
    }

    @Test(arguments: ["EST5EDT,0/0,J365/25", "XXX5YYY4,0/0,J365/25", "<-03>5<-04>,J1/0,J365/25"])
    func daylightTimeMayLastAllYear(footer: String) throws {
        let zone = try zone(footer)
        for year in [1_970, 2_024, 2_099, 2_100, 2_101, 2_102, 5_000] {
            for day in ["01-01T04:59:59", "01-01T05:00:00", "06-30T12:00:00", "12-31T23:59:59"] {
                #expect(zone.offset(at: rfc3339("\(year)-\(day)Z")) == -14_400, "\(year)-\(day)")
            }
        }
        #expect(zone.nextTransition(after: rfc3339("2024-01-01T00:00:00Z")) == nil)
        #expect(zone.nextTransition(after: rfc3339("2500-01-01T00:00:00Z")) == nil)
    }

    @Test func theTableAndTheRuleBehindItAgreeAtTheirSeam() throws {
        // Changes near the new year, inside the table, at its end (2100/2101) and behind it: each is found once
        // a year, always equally far from the new year.
        for footer in ["AAA10BBB,J365/20,J180/1", "AAA-12BBB,J1/3,J180/1", "AAA0BBB,J364/160,J365/167"] {
            let zone = try zone(footer)
            var distances: Set<Int64> = []
            for year in 2_097...2_106 {
                let newYear = rfc3339("\(year)-01-01T00:00:00Z")
                var change = newYear.adding(days: -10)
                while let next = zone.nextTransition(after: change), next < newYear.adding(days: 10) {
                    distances.insert((next - newYear) / 1_000_000)
                    let before = zone.offset(at: next.adding(microseconds: -1))
                    let minuteBefore = Int(next.secondsFloor + Int64(before)) / 60 - 1
                    #expect(zone.instant(isoDate("1970-01-01"), minute: minuteBefore) == next.adding(minutes: -1))
                    // The first wall clock behind the gap or the repetition takes the new offset, exactly.
                    let after = zone.offset(at: next)
                    let minuteAfter = Int(next.secondsFloor + Int64(max(before, after))) / 60
                    let expected = next.adding(seconds: Int64(max(before - after, 0)))
                    #expect(zone.instant(isoDate("1970-01-01"), minute: minuteAfter) == expected)
                    change = next
                }
            }
            #expect(distances.count == (footer.contains("J364") ? 2 : 1), "\(footer): \(distances)")
        }
    }

    @Test(arguments: [
        "X", "AB3", "EST", "EST5EDT", "EST25", "EST5EDT,", "EST5EDT,M3.2.0", "EST5EDT,M3.2.0,",
        "EST5EDT,M13.1.0,M11.1.0", "EST5EDT,M3.0.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
        "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J365", "EST5EDT,J366,J1", "EST5EDT,366,1",
        "EST5EDT,M3.2.0/168,M11.1.0", "EST5EDT,M3.2.0/1:60,M11.1.0", "EST5EDT,M3.2.0,M11.1.0x", "<+03-3",
        "<>3", "+03-3", "EST5EDT4:5:6:7,J1,J2", "EST--5", "EST5 EDT,J1,J2", ":EST5",
    ])
    func aMalformedFooterIsRefused(footer: String) {
        #expect(throws: ZoneError.self) { try zone(footer) }
        do throws(ZoneError) {
            _ = try Zone(id: "Test/Zone", tzif: TZifBuilder(footer: footer).bytes)
        } catch {
            #expect(error.code == .malformedFooter)
        }
    }

    @Test(arguments: [0, UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4")])
    func everyVersionIsRead(version: UInt8) throws {
        let file = TZifBuilder(version: version, transitions: [(0, 1), (1_000_000, 0)], offsets: [-3_600, 7_200])
        let zone = try Zone(id: "Test/Zone", tzif: file.bytes)
        // Before the first transition: type 0. After the last, without a footer: the last type.
        #expect(
            [-1, 0, 999_999, 1_000_000, 9_000_000].map { zone.offset(at: Instant(seconds: $0)) }
                == [-3_600, 7_200, 7_200, -3_600, -3_600])
        #expect(zone.nextTransition(after: .distantPast) == Instant(seconds: 0))
        #expect(zone.nextTransition(after: Instant(seconds: 0)) == Instant(seconds: 1_000_000))
        #expect(zone.nextTransition(after: Instant(seconds: 1_000_000)) == nil)
    }

    @Test func aChangeOfTheYearBeforeTheLastTransitionsStillComes() throws {
        // 30 December 2023 and 160 hours are 5 January 2024, behind a last transition on the 2nd.
        let last = rfc3339("2024-01-02T00:00:00Z")
        let file = TZifBuilder(
            transitions: [(last.secondsFloor, 1)],
            offsets: [-3_600, 0],
            footer: "AAA0BBB,J364/160,J180/1"
        )
        let zone = try Zone(id: "Test/Zone", tzif: file.bytes)
        #expect(zone.nextTransition(after: last) == rfc3339("2024-01-05T16:00:00Z"))
        #expect(zone.offset(at: rfc3339("2024-03-01T00:00:00Z")) == 3_600)
    }

    @Test func transitionsWithoutAChangeOfOffsetAreNoTransitions() throws {
        let file = TZifBuilder(transitions: [(.min, 0), (10, 1), (20, 2), (30, 0), (.max, 2)], offsets: [0, 0, 60])
        let zone = try Zone(id: "Test/Zone", tzif: file.bytes)
        #expect(zone.nextTransition(after: .distantPast) == Instant(seconds: 20))
        #expect(zone.nextTransition(after: Instant(seconds: 20)) == Instant(seconds: 30))
        #expect(zone.nextTransition(after: Instant(seconds: 30)) == nil)
    }

    @Test func zonesAreTheSameByNameAndContent() throws {
        let bytes = TZifBuilder(footer: "AAA0").bytes
        let zone = try Zone(id: "Test/Zone", tzif: bytes)
        #expect(try zone == Zone(id: "Test/Zone", tzif: bytes))
        #expect(try zone.hashValue == Zone(id: "Test/Zone", tzif: bytes).hashValue)
        #expect(try zone != Zone(id: "Test/Other", tzif: bytes))
        #expect(try zone != Zone(id: "Test/Zone", tzif: TZifBuilder(footer: "AAB0").bytes))
        #expect(Zone.utc.offset(at: .distantFuture) == 0)
        #expect(Zone.utc.id == "UTC")
    }
}
