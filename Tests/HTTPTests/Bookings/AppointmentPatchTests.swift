@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct AppointmentPatchTests {
    @Test func itsFiveFieldsMergeAndTheOthersStay() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let booked = try await tenant.book(
                calendar, Fixture.slot,
                [
                    "title": "Old", "notes": "Old", "metadata": ["keep": 1, "drop": 2, "deep": ["a": 1]],
                    "attendees": [["name": "Kim", "email": "kim@example.com"]],
                ]
            ).expect(201)
            let path = "appointments/\(booked["id"]!.string!)"
            test.clock.advance(seconds: 60)
            let changed = try await tenant.patch(
                path,
                [
                    "title": " New ", "notes": nil, "location": "Room 5", "metadata": ["drop": nil, "deep": ["b": 2]],
                    "attendees": [
                        ["name": "Lee", "email": "lee@example.com"], ["name": "Max", "email": "max@example.com"],
                    ],
                ]
            ).expect(200)
            let expected = booked.json.with([
                "title": "New", "notes": nil, "location": "Room 5", "metadata": ["keep": 1, "deep": ["a": 1, "b": 2]],
                "attendees": [
                    ["name": "Lee", "email": "lee@example.com"], ["name": "Max", "email": "max@example.com"],
                ],
                "version": 2, "updated_at": "2026-11-01T12:01:00Z",
            ])
            #expect(changed.json == expected)
            let read = try await tenant.get(path)
            #expect(read.bytes == changed.bytes)
            #expect(read.etag == changed.etag)
            let emptied = try await tenant.patch(path, ["attendees": nil, "metadata": nil]).expect(200)
            #expect(emptied["attendees"] == [])
            #expect(emptied["metadata"] == [:])
        }
    }

    @Test func whatWasReadCanBeSentBackButItsOtherFieldsNotChanged() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let booked = try await tenant.book(calendar).expect(201)
            let path = "appointments/\(booked["id"]!.string!)"
            let answer = try await tenant.patch(path, booked.json.with(["title": "Edited", "version": 9, "seat": 9]))
                .expect(200)
            #expect(answer.json == booked.json.with(["title": "Edited", "version": 2]))
            let others: JSON = [
                "starts_at": "2030-01-01T00:00:00Z", "ends_at": "x", "status": "cancelled", "calendar_id": "x",
                "contact": ["name": "Other"], "reminders": [], "title": "No",
            ]
            let errors = ["calendar_id", "contact", "ends_at", "reminders", "starts_at", "status"].map {
                "/\($0) \($0 == "reminders" ? "unsupported" : "read_only")"
            }
            #expect(try await tenant.patch(path, booked.json.with(others)).expect(422).errors == errors)
            #expect(try await tenant.get(path).bytes == answer.bytes)
        }
    }

    @Test func fieldsAreCheckedAllAtOnce() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let booked = try await tenant.book(try await tenant.calendar()).expect(201)
            let path = "appointments/\(booked["id"]!.string!)"
            let bad: JSON = [
                "title": "a\nb", "notes": 5, "location": [], "attendees": [["name": "x"]], "metadata": [], "titel": nil,
            ]
            #expect(
                try await tenant.patch(path, bad).expect(422, "validation_failed").errors == [
                    "/attendees/0/email required", "/location type", "/metadata type", "/notes type",
                    "/titel unknown_field",
                    "/title invalid_characters",
                ])
            #expect(
                try await tenant.patch(path, ["metadata": ["k": .string(String(repeating: "x", count: 17_000))]])
                    .expect(422).errors == ["/metadata too_long"])
            #expect(
                try await tenant.patch(path, ["duration_minutes": 60]).expect(422).errors == [
                    "/duration_minutes unknown_field"
                ])
            #expect(try await tenant.get(path).bytes == booked.bytes)
        }
    }

    @Test func conditionsAreHeldAgainstTheVersion() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let booked = try await tenant.book(try await tenant.calendar()).expect(201)
            let path = "appointments/\(booked["id"]!.string!)"
            try await tenant.patch(path, ["title": "x"], headers: ["If-Match": "\"x\""]).expect(
                412, "precondition_failed")
            let second = try await tenant.patch(path, ["title": "x"], headers: ["If-Match": booked.etag!]).expect(200)
            try await tenant.patch(path, ["title": "y"], headers: ["If-Match": booked.etag!]).expect(412)
            try await tenant.patch(path, ["title": "y"], headers: ["If-Match": "*"]).expect(200)
            try await tenant.get(path, headers: ["If-None-Match": second.etag!]).expect(200)
        }
    }

    @Test func parallelPatchesLoseNothing() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let booked = try await tenant.book(try await tenant.calendar()).expect(201)
            let path = "appointments/\(booked["id"]!.string!)"
            let statuses = try await parallel(40) { index in
                try await tenant.patch(path, ["metadata": ["k\(index)": 1]]).status
            }
            #expect(statuses == Array(repeating: 200, count: 40))
            let read = try await tenant.get(path)
            #expect(read["metadata"]?.object?.count == 40)
            #expect(read["version"] == 41)
        }
    }

    @Test func aCancelledAppointmentCanStillBeAnnotated() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let id = try #require(try await tenant.book(calendar).expect(201)["id"]?.string)
            try await tenant.cancel(id, ["reason": "x"]).expect(200)
            let answer = try await tenant.patch("appointments/\(id)", ["notes": "Called back"]).expect(200)
            #expect(answer["status"] == "cancelled")
            #expect(answer["cancellation"]?["reason"] == "x")
            try await tenant.book(calendar).expect(201)
        }
    }
}
