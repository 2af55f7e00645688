@testable import JSON
import AlmanacRuntime
import Testing

@testable import AlmanacChannels

@Suite struct AudienceTests {
    private func readers(_ changes: [String: JSON], _ calendar: Notice.Calendar) -> [String] {
        Audience(NoticeFixture.notice(payload: NoticeFixture.payload(changes), calendar: calendar)).readers
            .map { "\($0.role) \($0.address)" }
    }

    @Test func bookerAttendeesOwnerAndNotifyInThisOrder() {
        let attendees: JSON = [
            ["name": "Ann", "email": "ann@example.org"], ["name": "Cid", "email": "cid@example.org"],
        ]
        #expect(
            readers(["attendees": attendees], NoticeFixture.calendar(notify: ["desk@example.com"])) == [
                "booker bob@example.org", "attendee ann@example.org", "attendee cid@example.org",
                "host ada@example.com", "host desk@example.com",
            ]
        )
    }

    @Test func eachAddressOnceWhateverItsCase() {
        let attendees: JSON = [
            ["name": "B", "email": "BOB@Example.org"], ["name": "Ann", "email": "ann@example.org"],
        ]
        let calendar = NoticeFixture.calendar(
            ownerEmail: "Ada@Example.com", notify: ["ADA@example.com", "ANN@example.org", "ann@EXAMPLE.org"]
        )
        #expect(
            readers(["attendees": attendees], calendar) == [
                "booker bob@example.org", "host ann@example.org", "host Ada@Example.com",
            ]
        )
    }

    /// Otherwise nobody would be asked to confirm.
    @Test func aHostNamedAsAttendeeIsToldAsHost() {
        let attendees: JSON = [["name": "Ada", "email": "ADA@example.com"]]
        #expect(
            readers(["attendees": attendees], NoticeFixture.calendar()) == [
                "booker bob@example.org", "host ADA@example.com",
            ]
        )
    }

    @Test func withoutAnOwnerNobodyIsInvented() {
        let calendar = NoticeFixture.calendar(ownerName: nil, ownerEmail: nil)
        #expect(readers([:], calendar) == ["booker bob@example.org"])
        #expect(readers(["contact": nil], calendar) == [])
        #expect(readers(["contact": NoticeFixture.contact(["email": ""])], calendar) == [])
    }

    @Test func thereIsAnEnd() {
        let attendees = JSON.array(
            (0..<5_000).map { ["name": "A", "email": JSON.string("a\($0)@example.org")] }
        )
        #expect(readers(["attendees": attendees], NoticeFixture.calendar()).count == 320)
    }
}
