@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import AlmanacChannels

@Suite struct LetterTests {
    private static let bob = "bob@example.org"
    private static let ann = "ann@example.org"
    private static let ada = "ada@example.com"

    /// The letter that one reader gets.
    private func letter(
        _ type: String = "appointment.booked", to address: String = bob, with changes: [String: JSON] = [:],
        calendar: Notice.Calendar = NoticeFixture.calendar()
    ) throws -> Letter {
        var changes = changes
        if changes["attendees"] == nil { changes["attendees"] = [["name": "Ann Ames", "email": "ann@example.org"]] }
        let payload = NoticeFixture.payload(changes)
        let notice = NoticeFixture.notice(type, payload: payload, calendar: calendar)
        let appointment = try BookedAppointment(payload: payload)
        let occasion = try #require(MailOccasion(event: type, status: appointment.status))
        let reader = try #require(MailAudience(notice).reader(at: address))
        let zone = try ZoneDatabase().zone(calendar.timezone)
        return LetterWriter(appointment, occasion, to: reader, notice, time: TimeText(zone: zone)).letter()
    }

    private func detail(_ letter: Letter, _ label: String) -> String? {
        letter.details.first { $0.label == label }?.value
    }

    @Test(arguments: [
        ("appointment.booked", "confirmed", bob, "Confirmed: Consultation with Dr. Ada, Mon 2 Nov 2026, 09:00"),
        ("appointment.booked", "confirmed", ann, "Confirmed: Consultation with Dr. Ada, Mon 2 Nov 2026, 09:00"),
        ("appointment.booked", "confirmed", ada, "New booking: Consultation with Bob Berger, Mon 2 Nov 2026, 09:00"),
        ("appointment.booked", "pending", bob, "Request received: Consultation with Dr. Ada, Mon 2 Nov 2026, 09:00"),
        ("appointment.booked", "pending", ann, "Requested: Consultation with Dr. Ada, Mon 2 Nov 2026, 09:00"),
        ("appointment.booked", "pending", ada, "New request: Consultation with Bob Berger, Mon 2 Nov 2026, 09:00"),
        ("appointment.confirmed", "confirmed", bob, "Confirmed: Consultation with Dr. Ada, Mon 2 Nov 2026, 09:00"),
        ("appointment.confirmed", "confirmed", ada, "Confirmed: Consultation with Bob Berger, Mon 2 Nov 2026, 09:00"),
        ("appointment.rescheduled", "confirmed", bob, "Rescheduled: Consultation with Dr. Ada, Mon 2 Nov 2026, 09:00"),
        ("appointment.rescheduled", "pending", ada, "Rescheduled: Consultation with Bob Berger, Mon 2 Nov 2026, 09:00"),
        ("appointment.cancelled", "cancelled", bob, "Cancelled: Consultation with Dr. Ada, Mon 2 Nov 2026, 09:00"),
        ("appointment.cancelled", "cancelled", ada, "Cancelled: Consultation with Bob Berger, Mon 2 Nov 2026, 09:00"),
    ])
    func theSubjectSaysWhatHappenedWithWhomAndWhen(type: String, status: String, to: String, expected: String) throws {
        #expect(try letter(type, to: to, with: ["status": .string(status)]).subject == expected)
    }

    @Test func aRequestIsNotCalledConfirmed() throws {
        for (address, mark) in [(Self.bob, "not confirmed yet"), (Self.ada, "not confirmed yet")] {
            let letter = try letter(to: address, with: ["status": "pending"])
            #expect(letter.paragraphs.joined(separator: " ").contains(mark))
            #expect(!letter.subject.contains("Confirmed"))
            #expect(letter.links == [], "nothing to add to a calendar yet")
        }
    }

    @Test(arguments: [
        ("customer", bob, "as you asked"), ("customer", ada, "Bob Berger has cancelled"),
        ("customer", ann, "Bob Berger has cancelled"), ("host", bob, "Dr. Ada has cancelled your appointment"),
        ("host", ann, "Dr. Ada has cancelled"), ("host", ada, "on your side"), ("system", ada, "automatically"),
        ("system", bob, "We are sorry: your appointment has been cancelled."),
    ])
    func aCancellationSaysWhoAndWhy(by: String, to: String, expected: String) throws {
        let cancellation: JSON = ["cancelled_by": .string(by), "reason": "Doctor is ill"]
        let letter = try letter(
            "appointment.cancelled", to: to, with: ["status": "cancelled", "cancellation": cancellation])
        #expect(letter.paragraphs.joined(separator: " ").contains(expected))
        #expect(detail(letter, "Reason") == "Doctor is ill")
        #expect(letter.links == [])
    }

    @Test func aMovedRequestIsStillARequest() throws {
        let moved = try letter("appointment.rescheduled", with: ["status": "pending"])
        #expect(moved.paragraphs.joined().contains("still not confirmed"))
        #expect(moved.links == [])
        #expect(try letter("appointment.rescheduled").links.count == 4)
    }

    @Test func hostsLearnWhoComesAndCustomersWhereTheyGo() throws {
        let changes: [String: JSON] = ["notes": "First visit\nAllergic"]
        let host = try letter(to: Self.ada, with: changes)
        #expect(detail(host, "Customer") == "Bob Berger")
        #expect(detail(host, "E-mail") == "bob@example.org")
        #expect(detail(host, "Phone") == "+49 30 1234")
        #expect(detail(host, "Notes") == "First visit\nAllergic")
        #expect(detail(host, "Participants") == "Ann Ames (ann@example.org)")
        #expect(detail(host, "Calendar") == "Practice")
        for address in [Self.bob, Self.ann] {
            let letter = try letter(to: address, with: changes)
            #expect(detail(letter, "With") == "Dr. Ada")
            #expect(detail(letter, "Where") == "Main Street 1, Berlin")
            for secret in ["Allergic", "+49 30 1234", "bob@example.org"] {
                #expect(!letter.text().contains(secret) && !letter.html().contains(secret))
            }
        }
        #expect(detail(try letter(to: Self.ann), "Booked by") == "Bob Berger")
    }

    @Test func aLinkGivesNobodyAway() throws {
        let host = try letter(to: Self.ada, with: ["notes": "Allergic"])
        for link in host.links {
            #expect(!link.url.contains("Allergic") && !link.url.contains("bob%40") && !link.url.contains("1234"))
        }
        #expect(host.calendarNote.contains("Allergic"), "their own calendar may know")
    }

    @Test func withoutATitleTheCalendarIsNamed() throws {
        #expect(try letter(with: ["title": nil]).subject.hasPrefix("Confirmed: Practice with Dr. Ada,"))
        #expect(try letter(to: Self.ada, with: ["title": nil]).subject.hasPrefix("New booking: Appointment with Bob"))
        let alone = NoticeFixture.calendar(name: "Dr. Ada", ownerName: nil)
        #expect(try letter(with: ["title": nil], calendar: alone).subject.hasPrefix("Confirmed: Dr. Ada, Mon"))
        #expect(try letter(with: ["title": "Visit to DR. ADA"]).subject.hasPrefix("Confirmed: Visit to DR. ADA, Mon"))
    }

    @Test func htmlIsOnlyOurs() throws {
        let evil: JSON = "<script>alert('x')</script><img src=\"x\" onerror=y>&amp;"
        let contact: JSON = ["name": evil, "email": "bob@example.org", "phone": evil]
        let attendees: JSON = [["name": evil, "email": "ann@example.org"]]
        let changes: [String: JSON] = [
            "contact": contact, "title": evil, "notes": evil, "location": evil, "attendees": attendees,
            "status": "cancelled", "cancellation": ["cancelled_by": "host", "reason": evil],
        ]
        let calendar = NoticeFixture.calendar(name: evil.string ?? "", ownerName: evil.string)
        for address in [Self.bob, Self.ann, Self.ada] {
            for type in ["appointment.cancelled", "appointment.confirmed"] {
                let html = try letter(type, to: address, with: changes, calendar: calendar).html()
                #expect(!html.contains("<script") && !html.contains("<img"))
                #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)"))
                #expect(html.contains("&lt;img src=&quot;x&quot; onerror=y&gt;&amp;amp;"))
            }
        }
    }

    @Test func linesOfNotesStayLines() throws {
        let host = try letter(to: Self.ada, with: ["notes": "one\r\ntwo\n\nthree"])
        #expect(host.html().contains("one<br>two<br><br>three"))
        #expect(host.text().contains("Notes: one\n    two\n    \n    three\n"))
    }
}
