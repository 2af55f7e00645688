@testable import SQL
@testable import JSON
import AlmanacRuntime
import Testing

/// When an availability answer changes, and when its bytes and tag must not.
@Suite struct FreshnessTests {
    private let monday = "2026-11-02"
    private let tuesday = "2026-11-03"

    @Test func anAnswerIsRevalidatedByItsTag() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let first = try await tenant.availability(calendar).expect(200)
            let tag = try #require(first.etag)
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && !tag.hasPrefix("W/"))
            let same = try await tenant.availability(calendar, headers: ["If-None-Match": tag]).expect(304)
            #expect(same.bytes.isEmpty)
            #expect(same.etag == tag)
            try await tenant.book(calendar, "2026-11-02T12:00:00Z").expect(201)
            let changed = try await tenant.availability(calendar, headers: ["If-None-Match": tag]).expect(200)
            #expect(changed.etag != tag)
            #expect(changed["seq"]!.int! > first["seq"]!.int!)
            // Other queries have other tags.
            #expect(try await tenant.availability(calendar, "&group_by=day").etag != changed.etag)
        }
    }

    @Test func whatDoesNotTouchTheRangeLeavesTheBytesAlone() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 2])
            let far = "2026-11-23"
            func near() async throws -> Answer { try await tenant.availability(calendar) }
            let first = try await near()
            let booked = try await tenant.book(calendar, "\(far)T09:00:00Z").expect(201)
            let hold = try await tenant.hold(calendar, "\(far)T10:00:00Z").expect(201)
            #expect(try await near().bytes == first.bytes)
            // The next day is near enough to be looked at again, and comes out the same.
            try await tenant.book(calendar, "\(tuesday)T09:00:00Z").expect(201)
            try await tenant.patch("appointments/\(booked["id"]!.string!)", ["title": "x"]).expect(200)
            try await tenant.patch("calendars/\(calendar)", ["name": "Renamed", "color": "#000000"]).expect(200)
            try await tenant.cancel(booked["id"]!.string!).expect(200)
            try await tenant.delete("calendars/\(calendar)/holds/\(hold["hold_token"]!.string!)").expect(204)
            test.clock.advance(seconds: 3_600)
            let last = try await near()
            #expect(last.bytes == first.bytes)
            #expect(last.etag == first.etag)
            #expect(try await tenant.availability(calendar, from: far, to: far)["seq"]!.int! > first["seq"]!.int!)
        }
    }

    @Test func everyChangeOfARangeChangesItsBytes() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 2])
            var last = try await tenant.availability(calendar)
            func changes(_ what: String, _ count: Int) async throws {
                let next = try await tenant.availability(calendar).expect(200)
                #expect(next.bytes != last.bytes, "\(what)")
                #expect(next.etag != last.etag, "\(what)")
                #expect(next["seq"]!.int! > last["seq"]!.int!, "\(what)")
                #expect(next.starts.count == count, "\(what)")
                last = next
            }
            let booked = try await tenant.book(calendar).expect(201)
            try await changes("book", 16)
            let hold = try await tenant.hold(calendar).expect(201)
            try await changes("hold", 15)
            try await tenant.cancel(booked["id"]!.string!).expect(200)
            try await changes("cancel", 16)
            try await tenant.delete("calendars/\(calendar)/holds/\(hold["hold_token"]!.string!)").expect(204)
            try await changes("release", 16)
            try await tenant.patch("calendars/\(calendar)", ["slot_duration_minutes": 60]).expect(200)
            try await changes("duration", 8)
            try await tenant.put("calendars/\(calendar)/business-hours", ["business_hours": []]).expect(200)
            try await changes("hours", 0)
        }
    }

    @Test func aStartLeavesOnlyAfterItsNotice() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["min_notice_minutes": 60])
            func starts() async throws -> [String] { try await tenant.availability(calendar).starts }
            let all = try await tenant.availability(calendar)
            test.clock.advance(to: try instant("2026-11-02T08:00:00Z"))
            #expect(try await tenant.availability(calendar).bytes == all.bytes)
            #expect(try await tenant.explain(calendar, at: Fixture.slot)["available"] == true)
            test.clock.advance(to: try instant("2026-11-02T08:00:00.000001Z"))
            let later = try await tenant.availability(calendar)
            #expect(later.starts == Array(all.starts.dropFirst()))
            #expect(later.etag != all.etag)
            #expect(try await tenant.explain(calendar, at: Fixture.slot).reasons == ["notice"])
            #expect(try await tenant.book(calendar).expect(409).reasons == ["notice"])
            test.clock.advance(to: try instant("2026-11-02T08:30:00Z"))
            #expect(try await tenant.availability(calendar).bytes == later.bytes)
            test.clock.advance(to: try instant("2026-11-02T15:30:00.000001Z"))
            #expect(try await starts() == [])
        }
    }

    @Test func aStartEntersTheHorizonAtItsInstant() async throws {
        try await TestServer.run(now: "2026-10-26T08:59:59.999999Z") { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["horizon_days": 7])
            let none = try await tenant.availability(calendar)
            #expect(none.starts == [])
            #expect(try await tenant.book(calendar).expect(409).reasons == ["horizon"])
            test.clock.advance(to: try instant("2026-10-26T09:00:00Z"))
            #expect(try await tenant.availability(calendar).starts == [Fixture.slot])
            test.clock.advance(to: try instant("2026-10-26T09:29:59.999999Z"))
            #expect(try await tenant.availability(calendar).starts == [Fixture.slot])
            test.clock.advance(to: try instant("2026-10-26T09:30:00Z"))
            #expect(try await tenant.availability(calendar).starts.count == 2)
            test.clock.advance(to: try instant("2026-10-26T16:30:00Z"))
            #expect(try await tenant.availability(calendar).starts.count == 16)
        }
    }

    @Test func aHoldEndsAtItsInstantWithoutAnybodySayingSo() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["hold_minutes": 5])
            let free = try await tenant.availability(calendar)
            let hold = try await tenant.hold(calendar).expect(201)
            #expect(hold["expires_at"] == "2026-11-01T12:05:00Z")
            #expect(try await tenant.availability(calendar).starts == Array(free.starts.dropFirst()))
            test.clock.advance(to: try instant("2026-11-01T12:04:59.999999Z"))
            #expect(try await tenant.availability(calendar).starts.count == 15)
            #expect(try await tenant.explain(calendar, at: Fixture.slot).reasons == ["held"])
            test.clock.advance(to: try instant("2026-11-01T12:05:00Z"))
            #expect(try await tenant.availability(calendar).starts == free.starts)
            #expect(try await tenant.explain(calendar, at: Fixture.slot)["available"] == true)
            try await tenant.book(calendar).expect(201)
            let types = try await test.query("SELECT type FROM events ORDER BY seq").map { try $0.text(0) }
            #expect(types.suffix(3) == ["hold.placed", "hold.expired", "appointment.booked"])
        }
    }

    @Test func aReloadedCalendarAnswersTheSame() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "capacity": 2, "max_bookings_per_day": 5, "timezone": "Asia/Kathmandu",
            ])
            for (index, start) in try await tenant.availability(calendar).starts.enumerated() where index % 5 == 0 {
                try await tenant.book(calendar, start).expect(201)
            }
            try await tenant.hold(calendar, try await tenant.availability(calendar).starts[1]).expect(201)
            let warm = try await tenant.availability(calendar, to: tuesday)
            try await test.evict(calendar)
            let cold = try await tenant.availability(calendar, to: tuesday)
            #expect(cold.bytes == warm.bytes)
            #expect(cold.etag == warm.etag)
        }
    }

    @Test func readingWritesNothing() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let before = try await test.rowCounts()
            try await tenant.availability(calendar).expect(200)
            try await tenant.explain(calendar, at: Fixture.slot).expect(200)
            let preview: JSON = ["calendar": Fixture.calendar, "from": "2026-11-02", "to": "2026-11-02"]
            try await tenant.post("availability/preview", preview, key: "ignored").expect(200)
            #expect(try await test.rowCounts() == before)
        }
    }
}
