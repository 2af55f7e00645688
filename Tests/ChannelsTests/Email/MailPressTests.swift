@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import AlmanacChannels

@Suite struct MailPressTests {
    private let press: MailPress

    init() throws {
        press = MailPress(
            from: try MailAddress("bookings@almanac.test"), fromName: "Almanac", zones: ZoneDatabase(),
            clock: ManualClock(NoticeFixture.now)
        )
    }

    private func mail(_ envelope: Envelope = NoticeFixture.envelope()) throws -> ParsedMail {
        ParsedMail(String(decoding: try press.message(for: envelope).bytes, as: UTF8.self))
    }

    private func reason(_ envelope: Envelope) -> String? {
        do throws(Untold) {
            _ = try press.message(for: envelope)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func headersAreWhole() throws {
        let mail = try mail()
        #expect(mail["date"] == "Sun, 01 Nov 2026 12:00:00 +0000")
        #expect(mail["from"] == "\"Ada's Practice via Almanac\" <bookings@almanac.test>")
        #expect(mail["to"] == "\"Bob Berger\" <bob@example.org>")
        #expect(mail["reply-to"] == "<ada@example.com>")
        #expect(mail["subject"] == "Confirmed: Consultation with Dr. Ada, Mon 2 Nov 2026, 09:00")
        #expect(mail["message-id"] == "<\(NoticeFixture.deliveryID)@almanac.test>")
        #expect(mail["x-almanac-delivery"] == NoticeFixture.deliveryID.description)
        #expect(mail["auto-submitted"] == "auto-generated")
        #expect(mail["mime-version"] == "1.0")
    }

    @Test func partsAreNestedAsClientsWantThem() throws {
        let mail = try mail()
        #expect(
            mail.parts.map(\.type) == [
                "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "text/calendar",
            ]
        )
        let calendars = mail.parts.filter { $0.type == "text/calendar" }
        #expect(calendars[0]["content-type"] == "text/calendar; charset=utf-8; method=REQUEST")
        #expect(calendars[1]["content-type"] == "text/calendar; charset=utf-8; method=REQUEST; name=\"invite.ics\"")
        #expect(calendars[1]["content-disposition"] == "attachment; filename=\"invite.ics\"")
        #expect(calendars[0].content == calendars[1].content)
        #expect(ContentLines(calendars[0].content)?.values("METHOD") == [":REQUEST"])
        #expect(mail.first("text/plain")?.text.contains("Hello Bob Berger,") == true)
        #expect(mail.first("text/html")?.text.contains("<p style=\"margin:0 0 16px\">Hello Bob Berger,</p>") == true)
    }

    @Test(arguments: [
        ("appointment.booked", "pending", 1, "REQUEST", "TENTATIVE", "0"),
        ("appointment.booked", "confirmed", 1, "REQUEST", "CONFIRMED", "0"),
        ("appointment.rescheduled", "confirmed", 2, "REQUEST", "CONFIRMED", "1"),
        ("appointment.cancelled", "cancelled", 3, "CANCEL", "CANCELLED", "2"),
    ])
    func theInvitationFollowsTheAppointment(
        type: String, status: String, version: Int64, method: String, expected: String, sequence: String
    ) throws {
        let payload = NoticeFixture.payload(["status": .string(status), "version": .number(JSONNumber(version))])
        let mail = try mail(NoticeFixture.envelope(NoticeFixture.notice(type, payload: payload)))
        let part = try #require(mail.first("text/calendar"))
        #expect(part["content-type"]?.hasSuffix("method=\(method)") == true)
        let lines = try #require(ContentLines(part.content))
        #expect(lines.values("METHOD") == [":" + method])
        #expect(lines.values("STATUS") == [":" + expected])
        #expect(lines.values("SEQUENCE") == [":" + sequence])
        #expect(lines.values("UID") == [":" + NoticeFixture.appointmentID])
        #expect(lines.values("DTSTAMP") == [":20261030T100000Z"])
        #expect(lines.values("ORGANIZER") == [";CN=\"Dr. Ada\":mailto:ada@example.com"])
    }

    @Test func withoutAnOwnerTheCalendarOrganizes() throws {
        let notice = NoticeFixture.notice(calendar: NoticeFixture.calendar(ownerName: nil, ownerEmail: nil))
        let mail = try mail(NoticeFixture.envelope(notice))
        let lines = try #require(ContentLines(mail.first("text/calendar")?.content ?? []))
        #expect(lines.values("ORGANIZER") == [";CN=\"Practice\":mailto:bookings@almanac.test"])
        #expect(mail["reply-to"] == nil)
    }

    @Test func hostsAnswerTheBooker() throws {
        #expect(try mail(NoticeFixture.envelope(to: "ada@example.com"))["reply-to"] == "<bob@example.org>")
    }

    @Test(arguments: [
        ("America/New_York", "03:00–03:30 (America/New_York, UTC-5)"), ("Nowhere/Land", "09:00–09:30 (Europe/Berlin"),
        ("../../etc/passwd", "09:00–09:30 (Europe/Berlin"),
    ])
    func bookersReadTheirOwnZone(zone: String, expected: String) throws {
        let contact = NoticeFixture.contact(["timezone": .string(zone)])
        let notice = NoticeFixture.notice(payload: NoticeFixture.payload(["contact": contact]))
        #expect(try mail(NoticeFixture.envelope(notice)).first("text/plain")?.text.contains(expected) == true)
        let host = try mail(NoticeFixture.envelope(to: "ada@example.com", notice))
        #expect(host.first("text/plain")?.text.contains("09:00–09:30 (Europe/Berlin") == true)
    }

    /// Whatever a field holds, the message has the headers, parts and calendar lines it would have without.
    @Test(arguments: [
        "\r\nBcc: x@y", "\nBcc: x@y\n\nbody", "x\r\n\r\n--=_\(NoticeFixture.deliveryID)_1\r\nContent-Type: text/html",
        "\r\nATTENDEE:mailto:evil@x\r\nEND:VEVENT\r\nEND:VCALENDAR", "\r\n.\r\nMAIL FROM:<evil@x>",
        "=?UTF-8?B?DQpCY2M6IHhAeQ==?=", "\u{2028}Bcc: x@y", "\u{0}\u{1B}[2J",
    ])
    func noFieldAddsAnything(evil: String) throws {
        let text = JSON.string("A" + evil)
        let payload = NoticeFixture.payload([
            "title": text, "location": text, "notes": text,
            "contact": NoticeFixture.contact(["name": text, "phone": text, "timezone": text]),
            "attendees": [["name": text, "email": "ann@example.org"]], "status": "cancelled",
            "cancellation": NoticeFixture.cancellation(by: "host", text),
        ])
        let calendar = NoticeFixture.calendar(name: "A" + evil, timezone: evil, ownerName: "A" + evil)
        let plain = NoticeFixture.payload([
            "notes": "x", "attendees": [["name": "x", "email": "ann@example.org"]], "status": "cancelled",
            "cancellation": NoticeFixture.cancellation(by: "host", "x"),
        ])
        for target in ["bob@example.org", "ann@example.org", "ada@example.com"] {
            let expected = try mail(
                NoticeFixture.envelope(to: target, NoticeFixture.notice("appointment.cancelled", payload: plain)))
            let notice = NoticeFixture.notice(
                "appointment.cancelled", payload: payload, calendar: calendar, organization: "A" + evil)
            let attacked = try mail(NoticeFixture.envelope(to: target, notice))
            #expect(attacked.parts.map { $0.headers.map(\.name) } == expected.parts.map { $0.headers.map(\.name) })
            let names = { (mail: ParsedMail) in
                ContentLines(mail.first("text/calendar")?.content ?? [])?.lines.map {
                    $0.prefix { $0 != ":" && $0 != ";" }
                }
            }
            #expect(names(attacked) == names(expected) && names(attacked) != nil)
        }
    }

    @Test(arguments: [
        "bob@example.org\r\nBcc: x@y", "bob@example.org> BODY=8BITMIME", "bob example@org", "zo\u{AD}ë@x.org",
    ])
    func anAddressThatCannotBeMailedToIsRejected(address: String) {
        let payload = NoticeFixture.payload(["contact": NoticeFixture.contact(["email": .string(address)])])
        let reason = reason(NoticeFixture.envelope(to: address, NoticeFixture.notice(payload: payload)))
        #expect(reason?.hasPrefix("address: ") == true)
        #expect(reason?.contains("bob") == false && reason?.contains("@x") == false)
    }

    @Test func whomTheEventNoLongerConcernsGetsNothing() {
        #expect(reason(NoticeFixture.envelope(to: "former@example.com")) == "address: the event no longer concerns it")
    }

    @Test(arguments: [
        "id", "calendar_id", "contact", "starts_at", "ends_at", "status", "version", "source", "created_at",
    ])
    func aFieldThatIsMissingIsNamed(field: String) {
        for value: JSON in [nil, 5, "", [], ["x": 1], .string(String(repeating: "9", count: 5_000))] {
            // A version may be a number.
            if field == "version", value == 5 { continue }
            let notice = NoticeFixture.notice(payload: NoticeFixture.payload([field: value]))
            #expect(reason(NoticeFixture.envelope(notice)) == "payload: \(field) is missing or unusable")
        }
    }

    @Test func theMessageIsTheSameAtEachAttempt() throws {
        let first = try press.message(for: NoticeFixture.envelope(attempt: 1)).bytes
        #expect(try press.message(for: NoticeFixture.envelope(attempt: 9)).bytes == first)
    }
}
