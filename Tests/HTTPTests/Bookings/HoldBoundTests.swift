@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct HoldBoundTests {
    private static let settings = ["holds.max_per_credential": "3"]
    private static let hours = (9..<17).map { "2026-11-02T\($0 < 10 ? "0" : "")\($0):00:00Z" }

    @Test func oneCredentialKeepsSoManyTimesOfOneCalendar() async throws {
        try await TestServer.run(settings: Self.settings) { test in
            let tenant = try await test.tenant()
            let (calendar, other) = (try await tenant.calendar(), try await tenant.calendar())
            var tokens: [String] = []
            for hour in Self.hours.prefix(3) {
                tokens.append(try #require(try await tenant.hold(calendar, hour).expect(201)["hold_token"]?.string))
            }
            let before = try await test.rowCounts()
            let refused = try await tenant.hold(calendar, Self.hours[3]).expect(429, "too_many_holds")
            #expect(refused.retryAfter == "300")
            #expect(try await test.rowCounts() == before)
            // Another calendar, another credential: counted for themselves. Bookings are no holds.
            try await tenant.hold(other).expect(201)
            try await tenant.scoped("appointments:write").hold(calendar, Self.hours[3]).expect(201)
            let member = try await tenant.member("ada", ["appointments:write", "calendars:all"])
            try await member.hold(calendar, Self.hours[4]).expect(201)
            try await tenant.book(calendar, Self.hours[5]).expect(201)
            // One is given up, one is booked: there is room again, for so many.
            try await tenant.delete("calendars/\(calendar)/holds/\(tokens[0])").expect(204)
            try await tenant.hold(calendar, Self.hours[0]).expect(201)
            try await tenant.hold(calendar, Self.hours[6]).expect(429)
            try await tenant.book(calendar, Self.hours[1], ["hold_token": .string(tokens[1])]).expect(201)
            try await tenant.hold(calendar, Self.hours[6]).expect(201)
            try await tenant.hold(calendar, Self.hours[7]).expect(429)
        }
    }

    @Test func whatHasEndedDoesNotCount() async throws {
        try await TestServer.run(settings: Self.settings) { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for hour in Self.hours.prefix(3) { try await tenant.hold(calendar, hour).expect(201) }
            test.clock.advance(seconds: 299)
            #expect(try await tenant.hold(calendar, Self.hours[3]).expect(429).retryAfter == "1")
            test.clock.advance(seconds: 1)
            for hour in Self.hours[3...5] { try await tenant.hold(calendar, hour).expect(201) }
            try await tenant.hold(calendar, Self.hours[6]).expect(429)
        }
    }

    @Test func aCalendarThatWasOutOfMemoryKnowsWhoHolds() async throws {
        try await TestServer.run(settings: Self.settings) { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for hour in Self.hours.prefix(3) { try await tenant.hold(calendar, hour).expect(201) }
            try await test.evict(calendar)
            try await tenant.hold(calendar, Self.hours[3]).expect(429, "too_many_holds")
            try await tenant.scoped("appointments:write").hold(calendar, Self.hours[3]).expect(201)
        }
    }

    @Test func atTheSameTimeItIsNoMore() async throws {
        try await TestServer.run(settings: Self.settings) { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let statuses = try await parallel(8) { try await tenant.hold(calendar, Self.hours[$0]).status }
            #expect(statuses.sorted() == [201, 201, 201, 429, 429, 429, 429, 429])
        }
    }

    /// A key that was used answers what it answered, however many holds there are.
    @Test func aReplayIsNoFurtherHold() async throws {
        try await TestServer.run(settings: Self.settings) { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let first = try await tenant.hold(calendar, Self.hours[0], key: "k").expect(201)
            for hour in Self.hours[1...2] { try await tenant.hold(calendar, hour).expect(201) }
            #expect(try await tenant.hold(calendar, Self.hours[0], key: "k").expect(201).bytes == first.bytes)
        }
    }
}
