@testable import SQL
@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import Server
@testable import TenantActors

/// A time zone database that changes under a running server.
@Suite struct ZoneUpkeepTests {
    private static let city = "Test/City"

    private static func run(
        path: String? = nil, zones: ZoneFolder? = nil, _ body: (TestServer, ZoneFolder) async throws -> Void
    ) async throws {
        let folder = try zones ?? ZoneFolder()
        if zones == nil { try folder.set(city, hoursEast: 1) }
        try await TestServer.run(settings: ["zones.directory": folder.path], path: path) { test in
            try await body(test, folder)
        }
    }

    private static func events(_ test: TestServer) async throws -> [String] {
        try await test.query("SELECT type FROM events ORDER BY calendar_id, seq").map { try $0.text(0) }
    }

    @Test func slotsMoveWithTheZoneAndAppointmentsStay() async throws {
        try await Self.run { test, zones in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": .string(Self.city)])
            let before = try await tenant.availability(calendar)
            #expect(before.starts.first == "2026-11-02T08:00:00Z")
            let booked = try await tenant.book(calendar, "2026-11-02T08:00:00Z").expect(201)
            let version = try await tenant.get("calendars/\(calendar)")["version"]

            try zones.set(Self.city, hoursEast: 3)
            await test.server.zoneUpkeep.check()

            let after = try await tenant.availability(calendar)
            #expect(after.starts.first == "2026-11-02T06:00:00Z")
            #expect(!after.starts.contains("2026-11-02T08:00:00Z"))
            #expect(after.starts.count == 15)
            #expect(after.etag != before.etag)
            let id = try #require(booked["id"]?.string)
            let kept = try await tenant.get("appointments/\(id)").expect(200)
            #expect(kept["starts_at"] == "2026-11-02T08:00:00Z")
            #expect(try await tenant.get("calendars/\(calendar)")["version"] == version)
            #expect(
                try await Self.events(test) == ["appointment.booked", "calendar.updated", "availability.changed"])
            let told = try #require(
                try await test.query("SELECT payload FROM events WHERE type = 'calendar.updated'").first?.json(0))
            #expect(told["calendar_id"]?.string == calendar)
            #expect(told["reason"] == "tzdata")
            #expect(told["timezone"]?.string == Self.city)
            #expect(told["fingerprint"] != told["previous_fingerprint"])
            #expect(told["fingerprint"]?.string?.count == 16)
            let audit = try await test.query("SELECT principal FROM audit_log WHERE action = 'calendar.tzdata'")
            #expect(try audit.map { try $0.text(0) } == ["system"])

            await test.server.zoneUpkeep.check()
            #expect(try await Self.events(test).count == 3)
        }
    }

    @Test func aCalendarThatSleepsIsToldAndGoesOnSleeping() async throws {
        try await Self.run { test, zones in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": .string(Self.city)])
            await test.server.zoneUpkeep.check()
            try await test.evict(calendar)
            try zones.set(Self.city, hoursEast: 2)
            await test.server.zoneUpkeep.check()
            #expect(try await Self.events(test) == ["calendar.updated", "availability.changed"])
            #expect(test.server.tenants.calendars.residents().isEmpty)
            #expect(try await tenant.availability(calendar).starts.first == "2026-11-02T07:00:00Z")
            // And back: whichever fingerprint is the greater one.
            try await test.evict(calendar)
            try zones.set(Self.city, hoursEast: 1)
            await test.server.zoneUpkeep.check()
            #expect(try await Self.events(test).count == 4)
        }
    }

    @Test func whatChangedWhileTheServerWasDownIsToldOnce() async throws {
        let zones = try ZoneFolder()
        try zones.set(Self.city, hoursEast: 1)
        let path = "\(zones.path)/db/test.db"
        try await Self.run(path: path, zones: zones) { test, _ in
            _ = try await test.tenant().calendar(["timezone": .string(Self.city)])
            await test.server.zoneUpkeep.check()
            #expect(try await Self.events(test) == [])
        }
        try zones.set(Self.city, hoursEast: 2)
        for _ in 0..<2 {
            try await Self.run(path: path, zones: zones) { test, _ in
                await test.server.zoneUpkeep.check()
                let events = try await Self.events(test)
                #expect(events == ["calendar.updated", "availability.changed"])
            }
        }
    }

    @Test func theSameBytesInAnotherFileTellNothing() async throws {
        try await Self.run { test, zones in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": .string(Self.city)])
            let before = try await tenant.availability(calendar)
            try zones.set(Self.city, hoursEast: 1)
            await test.server.zoneUpkeep.check()
            #expect(try await Self.events(test) == [])
            #expect(try await tenant.availability(calendar).etag == before.etag)
        }
    }

    @Test func aFileThatVanishedOrIsHalfWrittenKeepsItsZone() async throws {
        try await Self.run { test, zones in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": .string(Self.city)])
            let before = try await tenant.availability(calendar)
            for fault in [zones.remove, zones.truncate] {
                try fault(Self.city)
                await test.server.zoneUpkeep.check()
                try await test.evict(calendar)
                #expect(try await tenant.availability(calendar).starts == before.starts)
            }
            #expect(try await Self.events(test) == [])
            try zones.set(Self.city, hoursEast: 4)
            await test.server.zoneUpkeep.check()
            #expect(try await tenant.availability(calendar).starts.first == "2026-11-02T05:00:00Z")
        }
    }

    @Test func anAliasChangesWithTheFileItLeadsTo() async throws {
        try await Self.run { test, zones in
            try zones.link("Test/Alias", to: Self.city)
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": "Test/Alias"])
            try zones.set(Self.city, hoursEast: 2)
            await test.server.zoneUpkeep.check()
            #expect(try await tenant.availability(calendar).starts.first == "2026-11-02T07:00:00Z")
            #expect(try await Self.events(test) == ["calendar.updated", "availability.changed"])
        }
    }

    @Test func calendarsInOtherZonesAreLeftAlone() async throws {
        try await Self.run { test, zones in
            try zones.set("Test/Town", hoursEast: 5)
            let tenant = try await test.tenant()
            _ = try await tenant.calendar(["timezone": "Test/Town"])
            _ = try await tenant.calendar(["slug": "utc"])
            try zones.set(Self.city, hoursEast: 3)
            await test.server.zoneUpkeep.check()
            #expect(try await Self.events(test) == [])
        }
    }

    /// More than a page of them, of two organizations.
    @Test func everyCalendarOfTheZoneIsToldOnce() async throws {
        try await Self.run { test, zones in
            let tenants = [try await test.tenant("One"), try await test.tenant("Other")]
            for index in 0..<270 {
                _ = try await tenants[index % 2].calendar([
                    "timezone": .string(Self.city), "slug": .string("c-\(index)"),
                ])
            }
            await test.server.tenants.calendars.passivateIdle(olderThan: 0)
            try zones.set(Self.city, hoursEast: 3)
            await test.server.zoneUpkeep.check()
            await test.server.zoneUpkeep.check()
            let counts = try await test.query("SELECT COUNT(*) FROM events GROUP BY calendar_id")
            #expect(counts.count == 270)
            #expect(try counts.allSatisfy { try $0.int(0) == 2 })
        }
    }

    @Test func aChangeOfSettingsBeforeTheNextLookIsNoAnswerToTheFile() async throws {
        try await Self.run { test, zones in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": .string(Self.city)])
            try zones.set(Self.city, hoursEast: 3)
            #expect(test.server.tenants.services.zones.reload() == [Self.city])
            try await tenant.patch("calendars/\(calendar)", ["name": "Renamed"]).expect(200)
            await test.server.zoneUpkeep.check()
            #expect(
                try await Self.events(test) == ["calendar.updated", "calendar.updated", "availability.changed"])
        }
    }

    // MARK: A calendar's own zone

    @Test func anotherZoneOfACalendarTellsBothAndMovesNoAppointment() async throws {
        try await Self.run { test, zones in
            try zones.set("Test/Town", hoursEast: 5)
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": .string(Self.city)])
            let booked = try await tenant.book(calendar, "2026-11-02T08:00:00Z").expect(201)
            try await tenant.patch("calendars/\(calendar)", ["timezone": "Test/Town"]).expect(200)
            let starts = try await tenant.availability(calendar).starts
            #expect(starts.first == "2026-11-02T04:00:00Z")
            #expect(!starts.contains("2026-11-02T08:00:00Z"))
            let id = try #require(booked["id"]?.string)
            #expect(try await tenant.get("appointments/\(id)")["starts_at"] == "2026-11-02T08:00:00Z")
            let told = try #require(
                try await test.query("SELECT payload FROM events WHERE type = 'calendar.updated'").first?.json(0))
            #expect(told["timezone"] == "Test/Town")
            #expect(told["previous_timezone"]?.string == Self.city)
            // From now on it is the new zone whose file counts.
            try zones.set(Self.city, hoursEast: 9)
            await test.server.zoneUpkeep.check()
            #expect(try await tenant.availability(calendar).starts == starts)
            try zones.set("Test/Town", hoursEast: 6)
            await test.server.zoneUpkeep.check()
            #expect(try await tenant.availability(calendar).starts.first == "2026-11-02T03:00:00Z")
        }
    }

    /// 23:30 UTC on Monday is Tuesday in the new zone: it counts there.
    @Test func aDaysLimitIsCountedInTheNewZone() async throws {
        try await Self.run { test, zones in
            try zones.set("Test/Town", hoursEast: 2)
            let tenant = try await test.tenant()
            let day: JSON = .array(
                ["monday", "tuesday", "wednesday"].map {
                    ["day_of_week": .string($0), "start": "00:00", "end": "24:00"]
                })
            let calendar = try await tenant.calendar(["max_bookings_per_day": 1, "business_hours": day])
            try await tenant.book(calendar, "2026-11-02T23:30:00Z").expect(201)
            #expect(try await tenant.explain(calendar, at: "2026-11-02T10:00:00Z").reasons == ["daily_limit"])
            #expect(try await tenant.explain(calendar, at: "2026-11-03T10:00:00Z").reasons == [])
            try await tenant.patch("calendars/\(calendar)", ["timezone": "Test/Town"]).expect(200)
            #expect(try await tenant.explain(calendar, at: "2026-11-02T10:00:00Z").reasons == [])
            #expect(try await tenant.explain(calendar, at: "2026-11-03T10:00:00Z").reasons == ["daily_limit"])
        }
    }
}
