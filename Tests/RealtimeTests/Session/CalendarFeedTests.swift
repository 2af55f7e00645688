@testable import JSON
import AlmanacRuntime
import TenantActors
import Testing

@testable import Realtime

/// The live feed of a real calendar, open on Monday from nine to twelve.
@Suite(.timeLimit(.minutes(1)))
struct CalendarFeedTests {
    /// A message: its op and numbers, and the hours its slots start at.
    private static func next(_ client: RawClient) async throws -> String {
        let text = try await client.text()
        let json = try JSON.parse(Array(text.utf8))
        func hours(_ key: String) -> String {
            (json[key]?.array ?? []).compactMap { $0["start"]?.string?.dropFirst(11).prefix(2) }.joined(separator: ",")
        }
        let seq = "\(json["op"]?.string ?? text) \(json["seq"]?.int ?? -1)"
        switch json["op"]?.string {
        case "snapshot": return "\(seq): \(hours("slots"))"
        case "slots":
            return "\(seq) after \(json["prev_seq"]?.int ?? -1): +\(hours("added")) -\(hours("removed"))"
        case "appointment": return "\(seq): \(json["type"]?.string ?? "")"
        default: return text
        }
    }

    @Test func aBookingIsTakenFromTheSlotsAndTold() async throws {
        try await RealTenants.run { room in
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe())
                #expect(try await Self.next(client) == "snapshot 0: 09,10,11")
                try await room.book("2026-11-02T10:00:00Z")
                #expect(try await Self.next(client) == "slots 1 after 0: + -10")
                #expect(try await Self.next(client) == "appointment 1: booked")
            }
        }
    }

    /// A contact that is known already is named by its own id, which only the write found.
    @Test func aBookingNamesTheContactThatWasFound() async throws {
        try await RealTenants.run { room in
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe())
                var contacts: [JSON] = []
                for hour in ["10", "11"] { try await room.book("2026-11-02T\(hour):00:00Z") }
                while contacts.count < 2 {
                    let message = try JSON.parse(Array(try await client.text().utf8))
                    if let contact = message["appointment"]?["contact"] { contacts.append(contact) }
                }
                #expect(contacts[0]["id"] == contacts[1]["id"] && contacts[0]["id"]?.string != nil)
            }
        }
    }

    @Test func aClientThatComesBackIsToldWhatItMissed() async throws {
        try await RealTenants.run { room in
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe())
                #expect(try await Self.next(client) == "snapshot 0: 09,10,11")
                try await room.book("2026-11-02T11:00:00Z")
                #expect(try await Self.next(client) == "slots 1 after 0: + -11")
                #expect(try await Self.next(client) == "appointment 1: booked")
            }
            try await room.book("2026-11-02T09:00:00Z")
            try await room.book("2026-11-02T10:00:00Z")
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe(#","after_seq":1"#))
                // The last number's appointment comes again: the connection may have ended before it.
                #expect(try await Self.next(client) == "appointment 1: booked")
                #expect(try await Self.next(client) == "slots 2 after 1: + -09")
                #expect(try await Self.next(client) == "appointment 2: booked")
                #expect(try await Self.next(client) == "slots 3 after 2: + -10")
                #expect(try await Self.next(client) == "appointment 3: booked")
            }
        }
    }

    @Test func aCalendarThatIsLoadedAnewSendsASnapshot() async throws {
        try await RealTenants.run { room in
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe())
                #expect(try await Self.next(client) == "snapshot 0: 09,10,11")
                await room.tenants.calendars.evict(room.key)
                #expect(try await Self.next(client) == "snapshot 0: 09,10,11")
                try await room.book("2026-11-02T11:00:00Z")
                #expect(try await Self.next(client) == "slots 1 after 0: + -11")
            }
        }
    }

    @Test func whatTheClockTookAwayWhileTheCalendarWasLoadedAnewIsNotShown() async throws {
        try await RealTenants.run { room in
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe())
                #expect(try await Self.next(client) == "snapshot 0: 09,10,11")
                room.clock.advance(seconds: 21 * 3_600 + 1)
                await room.tenants.calendars.evict(room.key)
                #expect(try await Self.next(client) == "snapshot 0: 10,11")
            }
        }
    }

    @Test func aPlaceInTheFeedKeepsTheCalendarInMemoryUntilTheClientLeaves() async throws {
        try await RealTenants.run { room in
            let calendars = room.tenants.calendars
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe())
                _ = try await client.text()
                await calendars.passivateIdle(olderThan: 0)
                #expect(calendars.count == 1)
                try await client.say(#"{"op":"unsubscribe","id":"1"}"#)
                try await client.say(#"{"op":"ping"}"#)
                #expect(try await client.text() == #"{"op":"pong"}"#)
                await calendars.passivateIdle(olderThan: 0)
                #expect(calendars.count == 0)
            }
        }
    }

    @Test func anotherTenantsCalendarIsNotThere() async throws {
        try await RealTenants.run { room in
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe().replacing("\(room.calendar)", with: FeedSessionTests.calendar))
                #expect(try await client.text().contains(#""code":"not_found""#))
            }
        }
    }

    @Test func whatIsTakenBackEndsWithAnErrorThatSaysSo() async throws {
        try await RealTenants.run(member: "bob") { room in
            let share = try await room.give(.view, to: "bob")
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe())
                #expect(try await Self.next(client) == "snapshot 1: 09,10,11")
                try await room.book("2026-11-02T10:00:00Z")
                #expect(try await Self.next(client) == "slots 2 after 1: + -10")
                #expect(try await Self.next(client) == "appointment 2: booked")
                try await room.takeBack(share)
                let error = try await client.text()
                #expect(error.contains(#""op":"error","id":"1","code":"not_found""#), "\(error)")
                try await room.book("2026-11-02T11:00:00Z")
                // Nothing more comes, and the name is free again.
                _ = try await room.give(.viewFreeBusy, to: "bob")
                try await client.say(room.subscribe())
                #expect(try await Self.next(client) == "snapshot 5: 09")
                try await room.book("2026-11-02T09:00:00Z")
                #expect(try await Self.next(client) == "slots 6 after 5: + -09")
                try await client.say(#"{"op":"ping"}"#)
                #expect(try await client.text() == #"{"op":"pong"}"#)
            }
        }
    }

    @Test func whatIsLoweredGoesOnWithoutAppointments() async throws {
        try await RealTenants.run(member: "bob") { room in
            let share = try await room.give(.view, to: "bob")
            let less: JSON = ["grantee_type": "organization", "permission": "view_free_busy"]
            let errors = FieldErrors()
            let command = try #require(
                ObjectReader(less, errors: errors).flatMap {
                    GiveShare.read($0, organization: room.principal.organizationID, now: room.clock.now())
                })
            let context = CommandContext(
                organizationID: room.principal.organizationID, principal: "api_key:test", requestID: "test")
            _ = try await room.tenants.calendar(room.calendar, for: room.principal, needing: .manage) {
                calendar async throws(CommandError) in try await calendar.share(command, context)
            }
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe())
                #expect(try await Self.next(client) == "snapshot 2: 09,10,11")
                try await room.takeBack(share)
                #expect(try await Self.next(client) == "snapshot 3: 09,10,11")
                try await room.book("2026-11-02T10:00:00Z")
                #expect(try await Self.next(client) == "slots 4 after 3: + -10")
                try await client.say(#"{"op":"ping"}"#)
                #expect(try await client.text() == #"{"op":"pong"}"#)
            }
        }
    }

    @Test func withoutAShareThereIsNoSuchCalendar() async throws {
        try await RealTenants.run(member: "bob") { room in
            try await RawClient.open(room.port) { client in
                try await client.say(room.subscribe())
                #expect(try await client.text().contains(#""code":"not_found""#))
            }
        }
    }
}
