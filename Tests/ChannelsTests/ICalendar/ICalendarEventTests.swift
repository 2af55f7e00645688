import AlmanacChannels
import Scheduling
import Testing

@Suite struct ICalendarEventTests {
    private func event(_ change: (inout ICalendarEvent) -> Void = { _ in }) -> ICalendarEvent {
        var event = ICalendarEvent(
            uid: "01a203bd-a020-70bf-b6e6-e92e29387749", sequence: 2,
            stamp: NoticeFixture.instant("2026-10-30T10:00:00.25Z"),
            span: Span(NoticeFixture.instant("2026-11-02T08:00:00Z"), NoticeFixture.instant("2026-11-02T08:30:00Z")),
            summary: "Consultation with Dr. Ada", location: "Main Street 1", status: .confirmed,
            organizer: ICalendarEvent.Person(name: "Dr. Ada", email: "ada@example.com"),
            attendees: [ICalendarEvent.Attendee(.init(name: "Bob", email: "bob@example.org"), hasAccepted: true)],
            created: NoticeFixture.instant("2026-10-29T09:00:00Z"),
            modified: NoticeFixture.instant("2026-10-30T10:00:00Z")
        )
        change(&event)
        return event
    }

    private func lines(
        _ method: ICalendarEvent.Method = .request, _ change: (inout ICalendarEvent) -> Void = { _ in }
    ) throws -> ContentLines {
        try #require(ContentLines(event(change).object(method: method)))
    }

    @Test func anEventIsWrittenWhole() {
        let expected = """
            BEGIN:VCALENDAR
            PRODID:-//Almanac//Bookings//EN
            VERSION:2.0
            CALSCALE:GREGORIAN
            METHOD:REQUEST
            BEGIN:VEVENT
            UID:01a203bd-a020-70bf-b6e6-e92e29387749
            SEQUENCE:2
            DTSTAMP:20261030T100000Z
            DTSTART:20261102T080000Z
            DTEND:20261102T083000Z
            SUMMARY:Consultation with Dr. Ada
            LOCATION:Main Street 1
            STATUS:CONFIRMED
            TRANSP:OPAQUE
            ORGANIZER;CN="Dr. Ada":mailto:ada@example.com
            ATTENDEE;CN="Bob";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:
             bob@example.org
            CREATED:20261029T090000Z
            LAST-MODIFIED:20261030T100000Z
            END:VEVENT
            END:VCALENDAR

            """
        let text = String(decoding: event().object(method: .request), as: UTF8.self)
        #expect(text == expected.replacing("\n", with: "\r\n"))
    }

    @Test func aPublishedEventNamesNoAttendees() throws {
        let lines = try lines(.publish)
        #expect(lines.values("METHOD") == [":PUBLISH"])
        #expect(lines.values("ATTENDEE") == [])
        #expect(lines.values("ORGANIZER").count == 1)
    }

    @Test(arguments: [
        ("a\\b", "a\\\\b"), ("a;b,c", "a\\;b\\,c"), ("a\nb", "a\\nb"), ("a\r\nb", "a\\nb"), ("a\rb", "a\\nb"),
        ("a\u{2028}b", "a\\nb"), ("a\u{0}\u{7}\u{1B}\u{7F}\u{85}b", "a\\nb"), ("tab\there", "tab\there"),
        ("plain: \"quoted\"", "plain: \"quoted\""), ("\u{202E}gnp.exe", "gnp.exe"),
    ])
    func textIsEscaped(text: String, expected: String) throws {
        let lines = try lines { $0.summary = text }
        #expect(lines.values("SUMMARY") == [":" + expected])
    }

    @Test(arguments: [
        ("Ann \"Ace\" O'Hara", "Ann ^'Ace^' O'Hara"), ("a^b", "a^^b"), ("a\nb", "a^nb"), ("x:y;z,w", "x:y;z,w"),
        ("Zoë", "Zoë"), ("a\u{1}b", "ab"),
    ])
    func parametersAreQuotedWithCarets(name: String, expected: String) throws {
        let lines = try lines { $0.organizer.name = name }
        #expect(lines.values("ORGANIZER") == [";CN=\"\(expected)\":mailto:ada@example.com"])
    }

    @Test(arguments: [
        ("a b@x", "mailto:a%20b@x"), ("a\r\nATTENDEE:b@x", "mailto:a%0D%0AATTENDEE%3Ab@x"),
        ("zoë@x", "mailto:zo%C3%AB@x"), ("a+b%c@x", "mailto:a+b%25c@x"),
    ])
    func anAddressStaysAnAddress(email: String, expected: String) throws {
        let lines = try lines { $0.organizer = .init(name: nil, email: email) }
        #expect(lines.values("ORGANIZER") == [":" + expected])
    }

    /// `ContentLines` checks the length of each line and that no character is cut.
    @Test(arguments: 0..<80)
    func everyLengthFoldsAndUnfoldsToTheSame(padding: Int) throws {
        let summary = String(repeating: "x", count: padding) + String(repeating: "é漢👩‍⚕️", count: 40)
        let lines = try lines { $0.summary = summary }
        #expect(lines.values("SUMMARY") == [":" + summary])
    }

    @Test func noFieldCanAddALine() throws {
        let plain = try lines { event in
            event.description = "d"
            event.url = "https://x"
        }
        let evil = "x\r\nATTENDEE:mailto:evil@x\r\nEND:VEVENT"
        let attacked = try lines { event in
            event.uid = evil
            event.summary = evil
            event.description = evil
            event.location = evil
            event.url = evil
            event.organizer = .init(name: evil, email: evil)
            event.attendees = [.init(.init(name: evil, email: evil), hasAccepted: false)]
        }
        let name = { (line: String) in String(line.prefix { $0 != ":" && $0 != ";" }) }
        #expect(attacked.lines.map(name) == plain.lines.map(name))
    }
}
