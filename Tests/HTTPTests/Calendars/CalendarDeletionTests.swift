@testable import SQL
@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct CalendarDeletionTests {
    private func count(_ test: TestServer, _ sql: String) async throws -> Int? {
        try await test.query("SELECT COUNT(*) FROM " + sql).first?.int(0)
    }

    private func remove(_ tenant: Client, _ calendar: String, _ query: String = "") async throws -> Answer {
        try await tenant.delete("calendars/\(calendar)\(query)")
    }

    @Test func oneWithComingAppointmentsIsNotDeletedInPassing() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            try await tenant.book(calendar, "2026-11-02T09:00:00Z").expect(201)
            let second = try #require(try await tenant.book(calendar, "2026-11-02T10:00:00Z").expect(201)["id"]?.string)
            try await tenant.hold(calendar, "2026-11-02T11:00:00Z").expect(201)
            let before = try await test.rowCounts()
            let refused = try await remove(tenant, calendar).expect(409, "has_appointments")
            #expect(refused["appointments"] == 2)
            #expect(refused["detail"]?.string?.contains("2 appointments") == true)
            #expect(try await test.rowCounts() == before, "nothing was written, and the hold stands")
            try await tenant.get("calendars/\(calendar)").expect(200)
            // Those that are cancelled, or over, do not count.
            try await tenant.cancel(second).expect(200)
            #expect(try await remove(tenant, calendar).expect(409)["appointments"] == 1)
            test.clock.advance(to: try instant("2026-11-02T09:29:59Z"))
            #expect(try await remove(tenant, calendar).expect(409)["appointments"] == 1, "one is under way")
            test.clock.advance(to: try instant("2026-11-02T09:30:00Z"))
            try await remove(tenant, calendar).expect(204)
        }
    }

    @Test(arguments: ["yes", "", "Cancel", "keep,cancel", "cancel%00", "keep&appointments=cancel", "k%C3%A9ep"])
    func otherChoicesAreNone(choice: String) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let errors = try await remove(tenant, calendar, "?appointments=\(choice)").expect(422)
                .errors
            #expect(errors.first?.hasPrefix("/appointments ") == true)
            try await tenant.get("calendars/\(calendar)").expect(200)
        }
    }

    @Test func cancellingCancelsEachAndTellsOfIt() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 50])
            let other = try await tenant.calendar()
            try await tenant.book(other).expect(201)
            var ids: [String] = []
            for index in 0..<150 {
                let contact: JSON = ["contact": ["name": "G", "email": .string("g\(index)@example.com")]]
                let start = "2026-11-02T\(9 + index / 50 < 10 ? "09" : String(9 + index / 50)):00:00Z"
                ids.append(try #require(try await tenant.book(calendar, start, contact).expect(201)["id"]?.string))
            }
            try await tenant.hold(calendar, "2026-11-02T14:00:00Z").expect(201)
            try await remove(tenant, calendar, "?appointments=cancel").expect(204)
            try await tenant.get("calendars/\(calendar)").expect(404)
            for id in [ids[0], ids[149]] {
                let read = try await tenant.get("appointments/\(id)").expect(200)
                #expect(read["status"] == "cancelled" && read["cancellation"]?["cancelled_by"] == "host")
                #expect(read["version"] == 2)
            }
            #expect(try await count(test, "appointment_cancellations WHERE cancelled_by = 'host'") == 150)
            #expect(try await count(test, "events WHERE type = 'appointment.cancelled'") == 150)
            #expect(try await count(test, "events WHERE type = 'hold.released'") == 1)
            #expect(try await count(test, "audit_log WHERE action = 'appointment.cancel'") == 150)
            #expect(try await count(test, "audit_log WHERE action = 'calendar.delete'") == 1)
            #expect(try await count(test, "outbox") == 150 + 151, "each booking, and each end, is to be told")
            #expect(try await count(test, "time_slots") == 1, "the other calendar's")
            // Each event has its number, and the last is the calendar's end.
            let last = try await test.query(
                "SELECT e.type, e.seq, h.seq FROM events e JOIN calendar_heads h ON h.calendar_id = e.calendar_id "
                    + "WHERE e.type = 'calendar.updated'")
            #expect(try last.map { try $0.integer(1) == $0.integer(2) } == [true])
            try await remove(tenant, calendar, "?appointments=cancel").expect(404)
        }
    }

    @Test func whatIsKeptCanBeReadChangedAndCancelled() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let scopes = ["calendars:read", "calendars:write", "appointments:read", "appointments:write"]
            let ada = try await tenant.member("ada", scopes)
            let calendar = try await ada.calendar()
            let id = try #require(try await tenant.book(calendar).expect(201)["id"]?.string)
            let hold = try #require(try await tenant.hold(calendar, "2026-11-02T10:00:00Z")["hold_token"]?.string)
            try await remove(tenant, calendar, "?appointments=keep").expect(204)
            #expect(try await count(test, "time_slots WHERE kind = 'hold'") == 0)
            try await tenant.delete("calendars/\(calendar)/holds/\(hold)").expect(404)
            for client in [tenant, ada] {
                try await client.get("appointments/\(id)").expect(200)
                #expect(try await client.get("appointments")["data"]?.array?.count == 1)
                try await test.evict(calendar)
            }
            #expect(try await tenant.patch("appointments/\(id)", ["title": "Kept"]).expect(200)["version"] == 2)
            #expect(try await ada.cancel(id).expect(200)["status"] == "cancelled")
            #expect(try await count(test, "events WHERE type = 'appointment.cancelled'") == 1)
        }
    }

    @Test func cancellingWantsTheScopeForIt() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            try await tenant.book(calendar).expect(201)
            let clerk = try await tenant.scoped("calendars:read", "calendars:write")
            let refused = try await remove(clerk, calendar, "?appointments=cancel").expect(403, "insufficient_scope")
            #expect(refused["detail"]?.string?.contains("appointments:write") == true)
            try await remove(tenant, calendar, "?appointments=cancel").expect(204)
        }
    }

    /// A booking at the same time is either refused, or it is one of those that count.
    @Test(arguments: ["", "?appointments=cancel", "?appointments=keep"])
    func aBookingUnderWayIsRefusedOrCounted(query: String) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            for round in 0..<8 {
                let calendar = try await tenant.calendar(["capacity": 100])
                let answers = try await parallel(24) { index -> Answer in
                    if index == 8 + round { return try await remove(tenant, calendar, query) }
                    let contact: JSON = ["contact": ["name": "G", "email": .string("g\(round)-\(index)@example.com")]]
                    if index % 5 == 0 { return try await tenant.hold(calendar) }
                    return try await tenant.book(calendar, Fixture.slot, contact)
                }
                let deletion = answers[8 + round]
                let booked = answers.filter { $0.status == 201 && $0["status"] != nil }.count
                for (index, answer) in answers.enumerated() where index != 8 + round {
                    #expect([201, 404].contains(answer.status), "\(answer.text)")
                }
                let mine = "calendar_id = (SELECT id FROM calendars ORDER BY id DESC LIMIT 1)"
                let live = try await count(test, "time_slots WHERE kind = 'appointment' AND \(mine)")
                let active = try await count(test, "appointments WHERE status = 'confirmed' AND \(mine)")
                #expect(live == active)
                switch (query, deletion.status) {
                case ("", 409):
                    #expect(active == booked)
                    #expect((deletion["appointments"]?.int ?? 0) <= booked)
                case ("", 204): #expect(active == 0 && booked == 0)
                case ("?appointments=cancel", 204): #expect(active == 0)
                case ("?appointments=keep", 204): #expect(active == booked)
                default: Issue.record("\(query): \(deletion.status) \(deletion.text)")
                }
                if deletion.status == 204 {
                    #expect(try await count(test, "time_slots WHERE kind = 'hold' AND \(mine)") == 0)
                }
            }
        }
    }

    /// Two at once: one deletes, the other finds nothing any more.
    @Test func twoDeletionsAreOne() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            try await tenant.book(calendar).expect(201)
            let statuses = try await parallel(6) { _ in
                try await remove(tenant, calendar, "?appointments=cancel").status
            }
            #expect(statuses.sorted() == [204, 404, 404, 404, 404, 404])
            #expect(try await count(test, "events WHERE type = 'appointment.cancelled'") == 1)
        }
    }
}
