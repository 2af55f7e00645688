import AlmanacRuntime
import Testing

@Suite struct BookingContactTests {
    @Test func aContactIsFoundByAddressAndNotChanged() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let first = try await tenant.book(calendar).expect(201)
            let others: [JSON] = [
                ["name": "Other Name", "email": "SAM@Example.COM", "phone": "1"],
                ["name": "Third", "email": " sam@example.com "],
            ]
            for (index, contact) in others.enumerated() {
                if index == 1 { try await test.evict(tenant.organization) }
                let again = try await tenant.book(calendar, "2026-11-02T1\(index):00:00Z", ["contact": contact]).expect(
                    201)
                #expect(again["contact"] == first["contact"])
            }
            let contact = try #require(first["contact"]?["id"])
            let byID = try await tenant.post(
                "appointments",
                Fixture.booking(calendar, "2026-11-02T12:00:00Z").without("contact").with(["contact_id": contact])
            ).expect(201)
            #expect(byID["contact"] == first["contact"])
            #expect(try await test.query("SELECT COUNT(*) FROM contacts").first?.int(0) == 1)
        }
    }

    @Test func parallelBookingsOfANewAddressMakeOneContact() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 50])
            let contacts = try await parallel(50) { index in
                let address = index % 2 == 0 ? "new@example.com" : "NEW@example.com"
                let answer = try await tenant.book(
                    calendar, Fixture.slot, ["contact": ["name": "N", "email": .string(address)]])
                return answer.expect(201)["contact"]?["id"]
            }
            #expect(Set(contacts).count == 1)
            #expect(try await test.query("SELECT COUNT(*) FROM contacts").first?.int(0) == 1)
        }
    }

    @Test(arguments: [
        "plain", "a@", "@b", "a@b@c", "a b@c.d", "a@b..c", ".a@b.c", "a..b@c.d", "a@-b.c", "<a@b.c>", "a@b.c\n",
        "a@b,c",
    ])
    func anAddressThatIsNoneIsRefused(email: String) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let contact: JSON = ["name": "x", "email": .string(email)]
            let answer = try await tenant.book(calendar, Fixture.slot, ["contact": contact]).expect(422)
            #expect(answer.errors == ["/contact/email invalid_email"])
        }
    }
}
