@testable import SQL
@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import Server

@Suite struct RegenerateTests {
    private static let week: JSON = ["from": "2026-11-02", "to": "2026-11-08"]

    @Test func datesAreWrittenAndReplaced() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/availability/regenerate"
            let made = try await tenant.post(path, Self.week).expect(200)
            #expect(made.json == ["calendar_id": .string(calendar), "days": 7, "slots": 80])
            try await tenant.patch("calendars/\(calendar)", ["slot_duration_minutes": 60]).expect(200)
            let counts = "SELECT slot_count FROM availability_slots ORDER BY date"
            #expect(try await test.query(counts).map { try $0.int(0) } == [16, 16, 16, 16, 16, 0, 0])
            #expect(try await tenant.post(path, Self.week).expect(200)["slots"] == 40)
            #expect(try await test.query(counts).map { try $0.int(0) } == [8, 8, 8, 8, 8, 0, 0])
            let audit = "SELECT COUNT(*) FROM audit_log WHERE action = 'availability.regenerate'"
            #expect(try await test.query(audit).first?.int(0) == 2)
        }
    }

    @Test func aWholeYearCanBeWritten() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": "Australia/Lord_Howe", "slot_duration_minutes": 5])
            let year: JSON = ["from": "2026-01-01", "to": "2027-01-01"]
            let made = try await tenant.post("calendars/\(calendar)/availability/regenerate", year).expect(200)
            #expect(made["days"] == 366)
            #expect(try await test.query("SELECT COUNT(*) FROM availability_slots").first?.int(0) == 366)
            // Those of the past are marked: nobody knows what was in force then.
            let late = try await test.query(
                "SELECT COUNT(*) FROM availability_slots WHERE is_late AND date < '2026-11-01'")
            #expect(try late.first?.int(0) == 304)
        }
    }

    @Test func aKeyReplaysTheFirstAnswer() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/availability/regenerate"
            let made = try await tenant.post(path, Self.week, key: "k").expect(200)
            try await tenant.patch("calendars/\(calendar)", ["slot_duration_minutes": 60]).expect(200)
            let again = try await tenant.post(path, Self.week, key: "k").expect(200)
            #expect(again.isReplay)
            #expect(again.json == made.json)
            let rows = try await test.query("SELECT slot_count FROM availability_slots ORDER BY date")
            #expect(try rows.first?.int(0) == 16)
            let other: JSON = ["from": "2026-11-02", "to": "2026-11-09"]
            try await tenant.post(path, other, key: "k").expect(422, "idempotency_key_reused")
        }
    }

    @Test func everyErrorIsNamed() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let wrong: [(JSON, [String])] = [
                ([:], ["/from required", "/to required"]),
                (["from": "2026-13-01", "to": 5], ["/from invalid_date", "/to type"]),
                (["from": "2026-11-02", "to": "2026-11-01"], ["/to before_start"]),
                (["from": "2026-01-01", "to": "2027-01-02"], ["/to range_too_long"]),
                (["from": "1969-12-31", "to": "9999-01-01"], ["/from out_of_range", "/to out_of_range"]),
                (Self.week.with(["day": 1]), ["/day unknown_field"]),
            ]
            for (body, errors) in wrong {
                let answer = try await tenant.post("calendars/\(calendar)/availability/regenerate", body)
                #expect(answer.expect(422, "validation_failed").errors == errors)
            }
            #expect(try await test.query("SELECT COUNT(*) FROM availability_slots").first?.int(0) == 0)
        }
    }

    @Test func itTakesTheScopeAndTheTenant() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/availability/regenerate"
            let reader = try await tenant.scoped("calendars:read")
            try await reader.post(path, Self.week).expect(403, "insufficient_scope")
            let other = try await test.tenant("Other")
            try await other.post(path, Self.week).expect(404, "not_found")
            try await tenant.delete("calendars/\(calendar)").expect(204)
            try await tenant.post(path, Self.week).expect(404, "not_found")
        }
    }
}
