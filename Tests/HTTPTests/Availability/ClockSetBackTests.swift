@testable import SQL
@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Scheduling
import TenantActors
import Testing

@testable import HTTP
@testable import Server

/// The clock was ahead for a while, and is right again: nothing that was made meanwhile is believed.
@Suite struct ClockSetBackTests {
    private static func ahead(_ test: TestServer, _ body: () async throws -> Void) async throws {
        let now = test.clock.now()
        test.clock.set(now.adding(days: 400))
        try await body()
        test.clock.set(now)
    }

    private static let queries = ["", "&group_by=day", "&timezone=Asia/Tokyo", "&duration_minutes=30"]

    @Test func anAnswerThatWasMadeMeanwhileIsNotServedAgain() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for query in Self.queries {
                let first = try await tenant.availability(calendar, query).expect(200)
                #expect(first.text.contains("2026-11-02T09:00:00Z"))
                try await Self.ahead(test) {
                    let meanwhile = try await tenant.availability(calendar, query).expect(200)
                    #expect(!meanwhile.text.contains("2026-11-02"))
                }
                let again = try await tenant.availability(calendar, query).expect(200)
                #expect(again.text == first.text, "\(query)")
                #expect(again.etag == first.etag)
            }
        }
    }

    /// Also where the answer was first asked for while the clock was ahead, and where it was ahead by minutes.
    @Test(arguments: [400 * 86_400, 90 * 60, 5 * 60] as [Int64])
    func itIsNotServedHoweverLittleTheClockWasAhead(seconds: Int64) async throws {
        try await TestServer.run(now: "2026-11-02T08:58:00Z") { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["min_notice_minutes": 0])
            let now = test.clock.now()
            test.clock.set(now.adding(seconds: seconds))
            let ahead = try await tenant.availability(calendar).expect(200)
            #expect(!ahead.starts.contains("2026-11-02T09:00:00Z"))
            test.clock.set(now)
            #expect(try await tenant.availability(calendar).starts.first == "2026-11-02T09:00:00Z")
            try await tenant.book(calendar, "2026-11-02T09:00:00Z").expect(201)
        }
    }

    /// What had ended by then was forgotten, or never loaded: it is booked all the same.
    @Test func whatIsBookedIsNotOfferedAfterIt() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["horizon_days": 3_650])
            try await tenant.book(calendar, "2026-11-02T10:00:00Z").expect(201)
            let first = try await tenant.availability(calendar).expect(200)
            #expect(!first.starts.contains("2026-11-02T10:00:00Z"))
            try await Self.ahead(test) {
                try await test.evict(calendar)
                try await tenant.book(calendar, "2027-12-15T10:00:00Z").expect(201)
            }
            let again = try await tenant.availability(calendar).expect(200)
            #expect(again.starts == first.starts)
            #expect(try await tenant.explain(calendar, at: "2026-11-02T10:00:00Z").reasons == ["booked"])
            try await tenant.book(calendar, "2026-11-02T10:00:00Z").expect(409, "slot_unavailable")
        }
    }

    @Test func aHoldThatWasPlacedMeanwhileEnds() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["horizon_days": 3_650])
            try await Self.ahead(test) {
                try await tenant.hold(calendar, "2027-12-15T10:00:00Z").expect(201)
            }
            // Placed by a right clock, it goes on.
            let hold = try await tenant.hold(calendar, "2026-11-02T11:00:00Z").expect(201)
            try await test.tick(calendar)
            let explained = try await tenant.explain(calendar, at: "2027-12-15T10:00:00Z")
            #expect(explained["available"] == true)
            let token: JSON = ["hold_token": hold["hold_token"]!]
            try await tenant.book(calendar, "2026-11-02T11:00:00Z", token).expect(201)
        }
    }

    @Test func aTicketThatWasIssuedMeanwhileIsNone() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            var ticket = ""
            try await Self.ahead(test) {
                ticket = try #require(try await tenant.post("realtime/tickets")["ticket"]?.string)
            }
            let head = HTTPRequest(
                method: .get, scheme: "http", authority: "test", path: "/api/v1/realtime?ticket=\(ticket)")
            let refusal = await #expect(throws: Problem.self) { try await test.authorizer.principal(head) }
            #expect(refusal?.status == .unauthorized)
        }
    }

    @Test(arguments: [true, false])
    func daysGoOnBeingRecorded(isAwake: Bool) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let recorder = test.server.dayRecorder
            await recorder.round()
            try await Self.ahead(test) { await recorder.round() }
            if !isAwake { try await test.evict(calendar) }
            await recorder.round()
            for day in 1...3 as ClosedRange<Int64> {
                test.clock.set(try instant("2026-11-01T12:00:00Z").adding(seconds: day * 86_400))
                await recorder.round()
            }
            let rows = try await test.query(
                "SELECT date, slot_count FROM availability_slots WHERE date < '2026-12-01' ORDER BY date"
            ).map { "\(try $0.text(0)) \(try $0.int(1))" }
            #expect(rows == ["2026-11-01 0", "2026-11-02 16", "2026-11-03 16"])
        }
    }
}

extension TestServer {
    /// Lets a calendar do what the clock asks for.
    fileprivate func tick(_ calendar: String) async throws {
        let id = try #require(ID(calendar))
        for (key, _) in server.tenants.calendars.residents() where key.calendar == id { await server.tenants.tick(key) }
    }
}
