@testable import JSON
import AlmanacRuntime
import Testing

@testable import AlmanacChannels
@testable import Server

@Suite struct DeliveryRouteTests {
    @Test func aBookingBecomesADeliveryAndIsInTheLog() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let appointment = try await tenant.book(calendar).expect(201)
            #expect(try await tenant.get("admin/deliveries").expect(200)["data"]?.array?.isEmpty == true)
            await test.dispatch()
            let page = try await tenant.get("admin/deliveries").expect(200)
            let delivery = try #require(page["data"]?.array?.first)
            #expect(page["data"]?.array?.count == 1)
            #expect(delivery["subject_id"] == appointment["id"])
            #expect(delivery["event_type"] == "appointment.booked")
            #expect(delivery["channel"] == "log")
            #expect(delivery["status"] == "delivered")
            #expect(delivery["attempts"] == 1)
            let id = try #require(delivery["id"]?.string)
            try await tenant.post("admin/deliveries/\(id)/retry").expect(409, "already_delivered")
        }
    }

    @Test func eventsThatNoChannelWantsLeaveNothingBehind() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            try await tenant.hold(calendar).expect(201)
            try await tenant.patch("calendars/\(calendar)", ["name": "Other"]).expect(200)
            #expect(try await test.rowCounts()["outbox"] == 0)
            await test.dispatch()
            #expect(try await test.rowCounts()["deliveries"] == 0)
        }
    }

    @Test func aReplayTellsNobodyAgain() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for _ in 0..<3 { try await tenant.book(calendar, key: "k").expect(201) }
            await test.dispatch()
            #expect(try await test.rowCounts()["deliveries"] == 1)
        }
    }

    @Test func theLogIsTheOrganizationsOwnAndWantsItsScope() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let other = try await test.tenant("Other")
            try await tenant.book(try await tenant.calendar()).expect(201)
            await test.dispatch()
            let page = try await tenant.get("admin/deliveries")
            let id = try #require(page["data"]?.array?.first?["id"]?.string)
            #expect(try await other.get("admin/deliveries").expect(200)["data"]?.array?.isEmpty == true)
            try await other.post("admin/deliveries/\(id)/retry").expect(404, "not_found")
            try await tenant.scoped("calendars:read").get("admin/deliveries").expect(403, "insufficient_scope")
            try await tenant.scoped("calendars:read").post("admin/deliveries/\(id)/retry").expect(403)
            try await test.anonymous.get("admin/deliveries").expect(401)
            try await tenant.post("admin/deliveries/nothing/retry").expect(404)
        }
    }

    @Test func theLogIsAskedByStatusAndPage() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 5])
            for _ in 0..<3 { try await tenant.book(calendar).expect(201) }
            await test.dispatch()
            let first = try await tenant.get("admin/deliveries?limit=2").expect(200)
            #expect(first["data"]?.array?.count == 2)
            let cursor = try #require(first["next_cursor"]?.string)
            let second = try await tenant.get("admin/deliveries?limit=2&cursor=\(cursor)").expect(200)
            #expect(second["data"]?.array?.count == 1)
            #expect(try await tenant.get("admin/deliveries?status=delivered")["data"]?.array?.count == 3)
            #expect(try await tenant.get("admin/deliveries?status=dead")["data"]?.array?.count == 0)
            #expect(
                try await tenant.get("admin/deliveries?status=lost").expect(422).errors == ["/status invalid_value"])
        }
    }

    @Test func aFailedDeliveryIsTriedAgainWhenAskedFor() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            try await tenant.book(try await tenant.calendar()).expect(201)
            await test.dispatch()
            let id = try #require(try await tenant.get("admin/deliveries")["data"]?.array?.first?["id"]?.string)
            try await test.execute("UPDATE deliveries SET status = 'dead', delivered_at = NULL, last_error = 'busy'")
            let answer = try await tenant.post("admin/deliveries/\(id)/retry").expect(200)
            #expect(answer["status"] == "pending")
            #expect(answer["next_attempt_at"] == .string(TestServer.start))
            await test.dispatch()
            let delivery = try await tenant.get("admin/deliveries")["data"]?.array?.first
            #expect(delivery?["status"] == "delivered")
            #expect(delivery?["attempts"] == 2)
            #expect(try await test.query("SELECT 1 FROM audit_log WHERE action = 'delivery.retry'").count == 1)
        }
    }

    @Test func aKeyHasItTriedAgainOnce() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            try await tenant.book(try await tenant.calendar()).expect(201)
            await test.dispatch()
            let id = try #require(try await tenant.get("admin/deliveries")["data"]?.array?.first?["id"]?.string)
            let path = "admin/deliveries/\(id)/retry"
            // A refusal is not kept.
            try await tenant.post(path, key: "k").expect(409, "already_delivered")
            try await test.execute("UPDATE deliveries SET status = 'dead', delivered_at = NULL, last_error = 'busy'")
            let first = try await tenant.post(path, key: "k").expect(200)
            #expect(first["status"] == "pending" && !first.isReplay)
            await test.dispatch()
            let again = try await tenant.post(path, key: "k").expect(200)
            #expect(again.isReplay && again.bytes == first.bytes)
            try await tenant.post(path, key: "other").expect(409, "already_delivered")
            #expect(try await tenant.get("admin/deliveries")["data"]?.array?.first?["attempts"] == 2)
            #expect(try await test.query("SELECT 1 FROM audit_log WHERE action = 'delivery.retry'").count == 1)
        }
    }
}

extension TestServer {
    /// Does what the dispatcher does until nothing is left to do.
    func dispatch() async {
        while await !server.dispatcher.expandAll() {}
        for lane in server.dispatcher.lanes {
            while case let items = await lane.claim(), !items.isEmpty {
                for item in items { await lane.perform(item.entry) }
            }
        }
    }
}
