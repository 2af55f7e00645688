@testable import SQL
@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import TenantActors

@Suite struct BookingContactTests {
    private static let sam: JSON = [
        "name": "Sam Rivera", "email": "sam@example.com", "phone": nil, "timezone": nil, "locale": nil,
    ]

    /// An address that is known, with another name, phone, zone and locale: this booking's contact is as it was typed.
    @Test func aKnownContactIsAnsweredAndKeptAsTyped() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let first = try await tenant.book(calendar).expect(201)
            let id = try #require(first["contact"]?["id"])
            #expect(first["contact"] == Self.sam.with(["id": id]))
            let others: [JSON] = [
                [
                    "name": "S. Rivera", "email": "SAM@Example.COM", "phone": "+1 202 555 0100",
                    "timezone": "Asia/Tokyo",
                ],
                ["name": "Third", "email": " sam@example.com\u{A0}", "phone": "+49 30 1234567", "locale": "pt-BR"],
            ]
            let expected: [JSON] = [
                [
                    "name": "S. Rivera", "email": "SAM@Example.COM", "phone": "+12025550100", "timezone": "Asia/Tokyo",
                    "locale": nil,
                ],
                [
                    "name": "Third", "email": "sam@example.com", "phone": "+49301234567", "timezone": nil,
                    "locale": "pt-BR",
                ],
            ]
            for (index, (contact, expected)) in zip(others, expected).enumerated() {
                if index == 1 { try await test.evict(tenant.organization) }
                let start = "2026-11-02T1\(index):00:00Z"
                let again = try await tenant.book(calendar, start, ["contact": contact], key: "k\(index)").expect(201)
                #expect(again["contact"] == expected.with(["id": id]))
                let appointment = try #require(again["id"]?.string)
                #expect(try await tenant.get("appointments/\(appointment)").expect(200).json == again.json)
                let replay = try await tenant.book(calendar, start, ["contact": contact], key: "k\(index)").expect(201)
                #expect(replay.json == again.json)
                let cancelled = try await tenant.cancel(appointment).expect(200)
                #expect(cancelled["contact"] == again["contact"])
            }
            let list = try await tenant.get("appointments").expect(200)
            #expect(
                list["data"]?.array?.compactMap { $0["contact"]?["name"]?.string } == [
                    "Sam Rivera", "S. Rivera", "Third",
                ]
            )
            #expect(list["data"]?.array?.allSatisfy { $0["contact"]?["id"] == id } == true)
            // What happened says the same.
            let rows = try await test.query("SELECT payload FROM events WHERE type = 'appointment.booked' ORDER BY seq")
            #expect(
                try rows.map { try $0.json(0)["contact"] } == [first["contact"]] + expected.map { $0.with(["id": id]) })
            // Of the organization's contact only what was empty is filled.
            let contact = try #require(
                try await test.query("SELECT id, name, email, phone, timezone, locale FROM contacts").first
            )
            #expect(try contact.id(0).description == id.string)
            #expect(
                try (1...5).map { try contact.text($0) } == [
                    "Sam Rivera", "sam@example.com", "+12025550100", "Asia/Tokyo", "pt-BR",
                ])
            #expect(try await test.query("SELECT COUNT(*) FROM contacts").first?.int(0) == 1)
        }
    }

    @Test func aContactNamedByItsIDIsAsTheOrganizationHasIt() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let first = try await tenant.book(calendar).expect(201)
            let id = try #require(first["contact"]?["id"])
            let body = Fixture.booking(calendar, "2026-11-02T12:00:00Z").without("contact").with(["contact_id": id])
            let byID = try await tenant.post("appointments", body).expect(201)
            #expect(byID["contact"] == first["contact"])
            let other = try await test.tenant("Other")
            let foreign = try #require(try await other.book(try await other.calendar()).expect(201)["contact"]?["id"])
            let errors = try await tenant.post("appointments", body.with(["contact_id": foreign])).expect(404)
            #expect(errors["errors"]?.array?.first?["pointer"] == "/contact_id")
        }
    }

    /// What the organization knows of a contact needs `contacts:read`; what was typed is no secret of whoever typed it.
    @Test func whoMayNotReadContactsIsToldWhatItTyped() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let known: JSON = [
                "name": "Sam Rivera", "email": "sam@example.com", "phone": "+12025550100", "timezone": "Asia/Tokyo",
                "locale": "ja",
            ]
            let first = try await tenant.book(calendar, Fixture.slot, ["contact": known]).expect(201)
            let id = try #require(first["contact"]?["id"])
            let writer = try await tenant.scoped("appointments:write")
            let typed: JSON = ["name": "X", "email": "sam@example.com"]
            let expected: JSON = [
                "id": id, "name": "X", "email": "sam@example.com", "phone": nil, "timezone": nil, "locale": nil,
            ]
            for _ in 0..<2 {
                let answer = try await writer.book(calendar, "2026-11-02T10:00:00Z", ["contact": typed], key: "typed")
                    .expect(201)
                #expect(answer["contact"] == expected)
            }
            // Of one that is named by its id, it is told that id, also when the answer is repeated.
            let body = Fixture.booking(calendar, "2026-11-02T12:00:00Z").without("contact").with(["contact_id": id])
            for _ in 0..<2 {
                let answer = try await writer.post("appointments", body, key: "named").expect(201)
                #expect(answer["contact"] == ["id": id])
                #expect(answer["starts_at"] == "2026-11-02T12:00:00Z")
            }
            // Nor by changing or cancelling what was booked for somebody.
            let booked = try await tenant.book(calendar, "2026-11-02T14:00:00Z", ["contact": known]).expect(201)
            let path = "appointments/\(try #require(booked["id"]?.string))"
            let both = try await tenant.scoped("appointments:write", "appointments:read")
            let named: JSON = ["id": id]
            for (client, title, shown) in [(writer, "One", named), (both, "Two", try #require(booked["contact"]))] {
                for patch: JSON in [[:], ["title": .string(title)]] {
                    #expect(try await client.patch(path, patch).expect(200)["contact"] == shown)
                }
            }
            for _ in 0..<2 {
                let gone = try await writer.post("\(path)/cancel", ["cancelled_by": "host"], key: "gone").expect(200)
                #expect(gone["contact"] == ["id": id])
                #expect(gone["status"] == "cancelled")
            }
            let reader = try await tenant.scoped("appointments:write", "contacts:read")
            let last = body.with(["starts_at": "2026-11-02T13:00:00Z"])
            #expect(try await reader.post("appointments", last).expect(201)["contact"] == first["contact"])
        }
    }

    /// The booking's own statements find the contact: nothing is read before, whether it is known or new.
    @Test func aBookingReadsNoContact() async throws {
        let database = CountingDatabase()
        try await TestServer.run(counting: database) { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            _ = try await tenant.availability(calendar).expect(200)
            for (index, address) in ["sam@example.com", "kim@example.com", "sam@example.com"].enumerated() {
                _ = database.take()
                let contact: JSON = ["name": "N", "email": .string(address)]
                try await tenant.book(calendar, "2026-11-02T1\(index):00:00Z", ["contact": contact]).expect(201)
                #expect(database.take().filter { $0 != "commit" } == [])
            }
        }
    }

    @Test func parallelBookingsOfANewAddressMakeOneContact() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendars = try await [tenant.calendar(["capacity": 50]), tenant.calendar(["capacity": 50])]
            let contacts = try await parallel(50) { index in
                let address = index % 2 == 0 ? "new@example.com" : "NEW@example.com"
                let contact: JSON = [
                    "name": .string("N\(index)"), "email": .string(address),
                    "phone": .string("+1202555\(1000 + index)"),
                ]
                let answer = try await tenant.book(calendars[index / 25], Fixture.slot, ["contact": contact]).expect(
                    201)
                #expect(answer["contact"]?["name"]?.string == "N\(index)")
                #expect(answer["contact"]?["phone"]?.string == "+1202555\(1000 + index)")
                let id = try #require(answer["id"]?.string)
                #expect(try await tenant.get("appointments/\(id)").expect(200)["contact"] == answer["contact"])
                return answer["contact"]?["id"]
            }
            #expect(Set(contacts).count == 1)
            #expect(try await test.query("SELECT COUNT(*) FROM contacts").first?.int(0) == 1)
        }
    }

    @Test(arguments: [
        "plain", "a@", "@b", "a@b@c", "a b@c.d", "a@b..c", ".a@b.c", "a..b@c.d", "a@-b.c", "<a@b.c>", "a@b.c\u{0}",
        "a@b,c", "a@exam\u{200B}ple.com", "a@b.c\u{AD}", "a<\u{301}b@x.com", "a\u{202E}b@c.d", "a@[127.0.0.1]",
    ])
    func anAddressThatIsNoneIsRefused(email: String) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let contact: JSON = ["name": "x", "email": .string(email)]
            let answer = try await tenant.book(calendar, Fixture.slot, ["contact": contact]).expect(422)
            #expect(answer.errors == ["/contact/email invalid_email"])
            let attendees = try await tenant.book(calendar, Fixture.slot, ["attendees": .array([contact])]).expect(422)
            #expect(attendees.errors == ["/attendees/0/email invalid_email"])
            let settings: JSON = ["owner": ["email": .string(email)], "notify": .array([.string(email)])]
            let refused = try await tenant.post("calendars", Fixture.calendar.with(settings)).expect(422)
            #expect(refused.errors.sorted() == ["/notify/0 invalid_email", "/owner/email invalid_email"])
            let member = try await tenant.post("admin/members", ["name": "M", "email": .string(email)]).expect(422)
            #expect(member.errors == ["/email invalid_email"])
            #expect(try await test.query("SELECT 1 FROM contacts").isEmpty)
        }
    }

    @Test(arguments: ["", "1", "030 1234567", "+1 202 555 0100 x12", "+1202\u{200B}5550100", "+123456789012345678"])
    func aPhoneNumberThatIsNoneIsRefused(phone: String) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let contact: JSON = ["name": "x", "email": "a@b.c", "phone": .string(phone)]
            let answer = try await tenant.book(calendar, Fixture.slot, ["contact": contact]).expect(422)
            #expect(answer.errors == ["/contact/phone invalid_phone"])
        }
    }
}
