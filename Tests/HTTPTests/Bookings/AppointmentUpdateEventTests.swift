@testable import SQL
@testable import JSON
import AlmanacRuntime
import Testing

/// What a PATCH leaves behind: an event if it changed something, and who has been told by now.
@Suite struct AppointmentUpdateEventTests {
    private func events(_ test: TestServer) async throws -> [String] {
        try await test.query("SELECT type FROM events WHERE type LIKE 'appointment.%' ORDER BY seq").map {
            try $0.text(0)
        }
    }

    private func hosts(_ test: TestServer) async throws -> [String] {
        let rows = try await test.query("SELECT hosts FROM appointments")
        return (try rows.first?.json(0).array ?? []).map {
            "\($0["email"]?.string ?? "?") \($0["since"]?.int ?? 0)"
        }
    }

    @Test func whatChangesSomethingIsAnEvent() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["owner": ["name": "A", "email": "a@example.com"]])
            let id = try #require(try await tenant.book(calendar, Fixture.slot, ["title": "Caf\u{e9}"])["id"]?.string)
            let path = "appointments/\(id)"
            // Nothing new, in these bytes.
            let same = try await tenant.patch(path, ["title": "Caf\u{e9}", "notes": nil, "metadata": [:]]).expect(200)
            #expect(same["version"] == 1)
            #expect(try await tenant.patch(path, [:]).expect(200)["version"] == 1)
            #expect(try await events(test) == ["appointment.booked"])
            #expect(try await tenant.patch(path, ["metadata": ["k": 1]]).expect(200)["version"] == 2)
            #expect(try await tenant.patch(path, ["title": "Cafe\u{301}"]).expect(200)["version"] == 3)
            #expect(try await events(test) == ["appointment.booked", "appointment.updated", "appointment.updated"])
            let payload = try await test.query("SELECT payload FROM events ORDER BY seq DESC LIMIT 1")
            #expect(try payload.first?.json(0)["version"] == 3)
        }
    }

    @Test func whoHostsItTodayHasBeenToldOnceSomethingIsTold() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "owner": ["name": "A", "email": "a@example.com"], "notify": ["desk@example.com"],
            ])
            let id = try #require(try await tenant.book(calendar).expect(201)["id"]?.string)
            try await tenant.patch("calendars/\(calendar)", ["owner": ["name": "B", "email": "b@example.com"]]).expect(
                200)
            #expect(try await hosts(test) == ["a@example.com 1", "desk@example.com 1"])
            try await tenant.patch("appointments/\(id)", ["metadata": ["k": 1]]).expect(200)
            #expect(try await hosts(test) == ["a@example.com 1", "desk@example.com 1"])
            try await tenant.patch("appointments/\(id)", ["title": "New"]).expect(200)
            let told = ["a@example.com 1", "desk@example.com 1", "b@example.com 3"]
            #expect(try await hosts(test) == told)
            try await tenant.cancel(id).expect(200)
            #expect(try await hosts(test) == told)
            let organizer = try await test.query("SELECT organizer FROM appointments").first?.json(0)
            #expect(organizer == ["name": "A", "email": "a@example.com"])
        }
    }

    @Test func oneGuestIsNamedOnce() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let twice: JSON = [
                ["name": "Kim", "email": "kim@example.com"], ["name": "K.", "email": "KIM@Example.com"],
                ["name": "Lee", "email": "lee@example.com"],
            ]
            let once: JSON = [
                ["name": "Kim", "email": "kim@example.com"], ["name": "Lee", "email": "lee@example.com"],
            ]
            let booked = try await tenant.book(try await tenant.calendar(), Fixture.slot, ["attendees": twice]).expect(
                201)
            #expect(booked["attendees"] == once)
            let path = "appointments/\(booked["id"]!.string!)"
            #expect(try await tenant.patch(path, ["attendees": twice]).expect(200)["version"] == 1)
        }
    }
}
