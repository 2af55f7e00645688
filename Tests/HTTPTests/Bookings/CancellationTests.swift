@testable import SQL
@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct CancellationTests {
    private func booked(_ tenant: Client, _ calendar: String) async throws -> String {
        try #require(try await tenant.book(calendar).expect(201)["id"]?.string)
    }

    @Test func cancellingSetsTheTimeFree() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let id = try await booked(tenant, calendar)
            test.clock.advance(seconds: 60)
            let answer = try await tenant.cancel(id, ["reason": "Caught\na cold", "cancelled_by": "customer"]).expect(
                200)
            #expect(answer["status"] == "cancelled")
            #expect(
                answer["cancellation"] == [
                    "cancelled_by": "customer", "reason": "Caught\na cold", "cancelled_at": "2026-11-01T12:01:00Z",
                ])
            #expect(answer["version"] == 2)
            #expect(answer.etag == "\"\(id)-2\"")
            #expect(try await tenant.get("appointments/\(id)").bytes == answer.bytes)
            let again = try await tenant.cancel(id).expect(409, "invalid_transition")
            #expect(again["detail"]?.string?.contains("cancelled") == true)
            try await tenant.book(calendar).expect(201)
            try await tenant.cancel(id).expect(409, "invalid_transition")
        }
    }

    @Test func whoCancelsMustBeSaid() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for by in ["host", "customer", "system"] {
                let id = try await booked(tenant, calendar)
                let answer = try await tenant.cancel(id, ["cancelled_by": .string(by), "reason": nil]).expect(200)
                #expect(answer["cancellation"]?["cancelled_by"] == .string(by))
                #expect(answer["cancellation"]?["reason"] == .null)
            }
            let id = try await booked(tenant, calendar)
            let path = "appointments/\(id)/cancel"
            for body: JSON? in [nil, [:], ["cancelled_by": nil]] {
                #expect(try await tenant.post(path, body).expect(422).errors == ["/cancelled_by required"])
            }
            #expect(
                try await tenant.cancel(id, ["cancelled_by": "nobody", "reason": 5, "x": 1]).expect(422).errors
                    == ["/cancelled_by invalid_value", "/reason type", "/x unknown_field"])
            try await tenant.post(path, [:], headers: ["Content-Type": "text/plain"]).expect(415)
            #expect(try await tenant.get("appointments/\(id)")["status"] == "confirmed")
        }
    }

    @Test func onlyCustomersAreBoundByTheNotice() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["cancellation_notice_minutes": 60, "capacity": 4])
            let ids = [
                try await booked(tenant, calendar), try await booked(tenant, calendar),
                try await booked(tenant, calendar),
                try await booked(tenant, calendar),
            ]
            test.clock.advance(to: try instant("2026-11-02T08:00:00Z"))
            try await tenant.cancel(ids[0], ["cancelled_by": "customer"]).expect(200)
            test.clock.advance(to: try instant("2026-11-02T08:00:00.000001Z"))
            let late = try await tenant.cancel(ids[1], ["cancelled_by": "customer"]).expect(
                409, "cancellation_window_closed")
            #expect(late["detail"]?.string?.contains("2026-11-02T08:00:00Z") == true)
            #expect(try await tenant.get("appointments/\(ids[1])")["status"] == "confirmed")
            try await tenant.cancel(ids[1], ["cancelled_by": "host"]).expect(200)
            try await tenant.cancel(ids[2], ["cancelled_by": "system"]).expect(200)
            test.clock.advance(to: try instant("2026-11-05T00:00:00Z"))
            try await tenant.cancel(ids[3]).expect(200)
        }
    }

    @Test func aPendingAppointmentHoldsItsTimeAndCanBeCancelled() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["requires_confirmation": true])
            let id = try await booked(tenant, calendar)
            #expect(try await tenant.get("appointments/\(id)")["status"] == "pending")
            #expect(try await tenant.book(calendar).expect(409).reasons == ["booked"])
            try await tenant.cancel(id).expect(200)
            try await tenant.book(calendar).expect(201)
        }
    }

    @Test func aConditionIsHeldAgainstTheVersion() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let id = try await booked(tenant, try await tenant.calendar())
            let path = "appointments/\(id)/cancel"
            let body: JSON = ["cancelled_by": "host"]
            try await tenant.post(path, body, headers: ["If-Match": "\"x\""]).expect(412, "precondition_failed")
            try await tenant.post(path, body, key: "k", headers: ["If-Match": "\"\(id)-1\""]).expect(200)
            // The key's first answer comes before today's version.
            let again = try await tenant.post(path, body, key: "k", headers: ["If-Match": "\"\(id)-1\""]).expect(200)
            #expect(again.isReplay)
        }
    }

    @Test func ofParallelCancellationsOneSucceeds() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let id = try await booked(tenant, try await tenant.calendar())
            let answers = try await parallel(50) { _ in try await tenant.cancel(id) }
            #expect(answers.count { $0.status == 200 } == 1)
            #expect(answers.count { $0.code == "invalid_transition" } == 49)
            #expect(
                try await test.query("SELECT COUNT(*) FROM events WHERE type = 'appointment.cancelled'").first?.int(0)
                    == 1)
        }
    }
}
