@testable import SQL
@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import Server
@testable import TenantActors

/// What each day offered, written as the day ends.
@Suite struct DayRecordTests {
    /// As written: `2026-11-02 480×1 16` is date, offered minutes, capacity and slots; `late` where made later.
    private static func rows(_ test: TestServer) async throws -> [String] {
        try await test.query(
            "SELECT date, offered_minutes, capacity, slot_count, is_late FROM availability_slots ORDER BY calendar_id, date"
        ).map { row in
            "\(try row.text(0)) \(try row.int(1))×\(try row.int(2)) \(try row.int(3))"
                + (try row.bool(4) ? " late" : "")
        }
    }

    private static func clocks(_ test: TestServer) async throws -> [String] {
        try await test.query("SELECT next_date, due_at FROM calendar_clocks ORDER BY calendar_id")
            .map { "\(try $0.text(0)) \(try $0.instant(1).rfc3339)" }
    }

    @Test func aDayIsRecordedOnceItHasEndedAlthoughNobodyAsks() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test) == [])
            #expect(try await Self.clocks(test) == ["2026-11-01 2026-11-02T00:00:00Z"])
            try await test.evict(calendar)

            test.clock.advance(to: try instant("2026-11-02T00:00:00Z"))
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test) == ["2026-11-01 0×1 0"])
            test.clock.advance(to: try instant("2026-11-03T00:00:01Z"))
            await test.server.dayRecorder.round()
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test) == ["2026-11-01 0×1 0", "2026-11-02 480×1 16"])
            #expect(try await Self.clocks(test) == ["2026-11-03 2026-11-04T00:00:00Z"])
            // It slept, and sleeps again.
            #expect(test.server.tenants.calendars.residents().isEmpty)
            #expect(try await test.platform.get("/metrics").text.contains("almanac_days_recorded_total 2"))
        }
    }

    @Test func itIsTheOfferAndNotWhatWasLeftOfIt() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "capacity": 3, "min_notice_minutes": 6_000, "max_bookings_per_day": 1,
            ])
            try await tenant.book(calendar, Fixture.slot, ["override": ["notice"]]).expect(201)
            test.clock.advance(to: try instant("2026-11-03T00:00:00Z"))
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test).last == "2026-11-02 1440×3 16")
            let row = try #require(
                try await test.query("SELECT starts FROM availability_slots ORDER BY date DESC").first)
            let starts = PackedStarts.decode(try row.bytes(0), from: try instant("2026-11-02T00:00:00Z"))
            #expect(starts?.count == 16)
            #expect(starts?.first?.rfc3339 == Fixture.slot)
            #expect(starts?.last?.rfc3339 == "2026-11-02T16:30:00Z")
        }
    }

    /// Rules that change after the day's end, and before its record, do not reach back.
    @Test func theRulesAreThoseInForceWhenTheDayEnded() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            test.clock.advance(to: try instant("2026-11-03T00:00:05Z"))
            try await tenant.patch("calendars/\(calendar)", ["slot_duration_minutes": 60]).expect(200)
            #expect(try await Self.rows(test) == ["2026-11-01 0×1 0 late", "2026-11-02 480×1 16"])
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test).count == 2)
            test.clock.advance(to: try instant("2026-11-04T00:00:05Z"))
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test).last == "2026-11-03 480×1 8")
            // Nor do later ones.
            try await tenant.put("calendars/\(calendar)/business-hours", ["business_hours": []]).expect(200)
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test).last == "2026-11-03 480×1 8")
        }
    }

    @Test func daysThatEndedWhileNobodyWasThereAreMadeUpForAndMarked() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            _ = try await tenant.calendar()
            test.clock.advance(to: try instant("2026-11-05T00:05:00Z"))
            await test.server.dayRecorder.round()
            #expect(
                try await Self.rows(test) == [
                    "2026-11-01 0×1 0 late", "2026-11-02 480×1 16 late", "2026-11-03 480×1 16 late",
                    "2026-11-04 480×1 16",
                ])
        }
    }

    @Test func notMoreThanAMonthIsMadeUpFor() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            _ = try await tenant.calendar()
            test.clock.advance(to: try instant("2027-06-01T00:05:00Z"))
            await test.server.dayRecorder.round()
            let rows = try await Self.rows(test)
            #expect(rows.count == 31)
            #expect(rows.first?.hasPrefix("2027-05-01") == true)
            #expect(try await Self.clocks(test) == ["2027-06-01 2027-06-02T00:00:00Z"])
        }
    }

    @Test func aDayEndsAtTheCalendarsOwnMidnight() async throws {
        try await TestServer.run(now: "2026-10-31T12:00:00Z") { test in
            let tenant = try await test.tenant()
            let always: JSON = .array([["day_of_week": "sunday", "start": "00:00", "end": "24:00"]])
            _ = try await tenant.calendar(["timezone": "America/New_York", "business_hours": always])
            #expect(try await Self.clocks(test) == ["2026-10-31 2026-11-01T04:00:00Z"])
            // The clock is set back on 1 November: that Sunday has 25 hours.
            test.clock.advance(to: try instant("2026-11-02T04:59:59.999999Z"))
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test).count == 1)
            test.clock.advance(to: try instant("2026-11-02T05:00:00Z"))
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test).last == "2026-11-01 1500×1 50")
        }
    }

    @Test func aDateIsRecordedOnceAcrossAChangeOfZone() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": "Pacific/Kiritimati"])
            // Monday has ended there, and begins in Honolulu.
            test.clock.advance(to: try instant("2026-11-02T10:30:00Z"))
            try await tenant.patch("calendars/\(calendar)", ["timezone": "Pacific/Honolulu"]).expect(200)
            test.clock.advance(to: try instant("2026-11-04T10:00:00Z"))
            await test.server.dayRecorder.round()
            let dates = try await Self.rows(test).map { $0.prefix(10) }
            #expect(dates == ["2026-11-02", "2026-11-03"])
            #expect(try await Self.clocks(test) == ["2026-11-04 2026-11-05T10:00:00Z"])
        }
    }

    @Test func anInactiveCalendarOffersNothingAndADeletedOneHasNoDays() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            _ = try await tenant.calendar(["is_active": false])
            let gone = try await tenant.calendar(["slug": "gone"])
            try await tenant.delete("calendars/\(gone)").expect(204)
            #expect(try await Self.clocks(test).count == 1)
            test.clock.advance(to: try instant("2026-11-03T00:00:00Z"))
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test) == ["2026-11-01 0×1 0 late", "2026-11-02 0×1 0"])
        }
    }

    @Test func aDeletedOrganizationsDaysAreNotRecorded() async throws {
        try await TestServer.run { test in
            let (tenant, other) = (try await test.tenant(), try await test.tenant("Other"))
            for client in [tenant, other] { _ = try await client.calendar() }
            try await test.platform.delete("platform/organizations/\(other.organization)").expect(204)
            #expect(try await Self.clocks(test).count == 1)
            test.clock.advance(to: try instant("2026-11-02T00:00:00Z"))
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test).count == 1)
        }
    }

    @Test func manyCalendarsThatEndTheirDayTogetherAreAllRecorded() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            var first = ""
            for index in 0..<300 {
                let calendar = try await tenant.calendar(["slug": .string("c-\(index)")])
                if first.isEmpty { first = calendar }
            }
            // One that cannot be loaded keeps none of the others.
            try await test.execute("UPDATE calendars SET timezone = 'Mars/Base' WHERE slug = 'c-0'")
            try await test.evict(first)
            test.clock.advance(to: try instant("2026-11-02T00:00:01Z"))
            #expect(await !test.server.dayRecorder.round())
            #expect(try await Self.rows(test).count == 299)
            await test.server.dayRecorder.round()
            #expect(try await Self.rows(test).count == 299)
        }
    }
}
