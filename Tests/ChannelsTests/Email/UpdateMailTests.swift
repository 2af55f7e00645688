@testable import JSON
import AlmanacRuntime
import Scheduling
import TenantActors
import Testing

@testable import AlmanacChannels

/// Who is told of a change, and what their calendars are told to do.
@Suite struct UpdateMailTests {
    private let press: MailPress
    private static let ann: JSON = ["name": "Ann", "email": "ann@example.org"]
    private static let cid: JSON = ["name": "Cid", "email": "cid@example.org"]

    init() throws {
        press = MailPress(
            from: try MailAddress("bookings@almanac.test"), fromName: nil, zones: ZoneDatabase(),
            clock: ManualClock(NoticeFixture.now)
        )
    }

    /// An update of an appointment that had Ann as its one attendee; `changes` are what it became.
    private func update(
        _ changes: [String: JSON], before: [String: JSON] = [:], told: AppointmentTold? = nil,
        calendar: Notice.Calendar = NoticeFixture.calendar()
    ) -> Notice {
        let old = ["attendees": .array([Self.ann])].merging(before) { $1 }
        let new = old.merging(["version": 2]) { $1 }.merging(changes) { $1 }
        return Notice(
            eventID: NoticeFixture.deliveryID, type: "appointment.updated", seq: 8,
            subjectID: NoticeFixture.id(NoticeFixture.appointmentID), occurredAt: NoticeFixture.now,
            payload: NoticeFixture.payload(new), organizationID: NoticeFixture.deliveryID, organizationName: "Practice",
            calendar: calendar, told: told ?? NoticeFixture.told(calendar), previous: NoticeFixture.payload(old)
        )
    }

    private func readers(_ notice: Notice) -> [String] {
        Audience(notice).readers.map { "\($0.part) \($0.role) \($0.address)" }
    }

    private func lines(_ notice: Notice, to address: String) throws -> ContentLines {
        let message = try press.message(for: NoticeFixture.envelope(to: address, notice))
        return try #require(ContentLines(message.calendar))
    }

    @Test(arguments: ["title", "location"])
    func whatEverybodySeesIsToldToEverybody(field: String) {
        #expect(
            readers(update([field: "Elsewhere"])) == [
                "kept booker bob@example.org", "kept attendee ann@example.org", "kept host ada@example.com",
            ]
        )
    }

    @Test func notesAreToldToHosts() throws {
        let notice = update(["notes": "Allergic"])
        #expect(readers(notice) == ["kept host ada@example.com"])
        let message = try press.message(for: NoticeFixture.envelope(to: "ada@example.com", notice))
        #expect(message.text.contains("Changed: notes") && message.text.contains("Notes: Allergic"))
    }

    @Test func whatNobodySeesIsToldToNobody() {
        #expect(readers(update(["metadata": ["crm": 1]])) == [])
        #expect(readers(update(["attendees": .array([Self.ann.with("email", "ANN@Example.org")])])) == [])
        #expect(readers(update(["title": "x", "status": "cancelled"])) == [], "it has ended")
        let past: [String: JSON] = ["starts_at": "2026-10-02T08:00:00Z", "ends_at": "2026-10-02T09:00:00Z"]
        #expect(readers(update(past.merging(["title": "x"]) { $1 }, before: past)) == [], "it is over")
    }

    /// `é` and `e\u0301` look the same and are other bytes.
    @Test func textIsComparedAsBytes() {
        #expect(readers(update(["title": "Caf\u{e9}"], before: ["title": "Cafe\u{301}"])).count == 3)
    }

    @Test func comingAndGoingIsToldAsWhatItIs() throws {
        let notice = update(["attendees": .array([Self.cid])])
        #expect(
            readers(notice) == [
                "kept booker bob@example.org", "added attendee cid@example.org", "kept host ada@example.com",
                "removed attendee ann@example.org",
            ]
        )
        let added = try lines(notice, to: "cid@example.org")
        #expect(added.values("METHOD") == [":REQUEST"] && added.values("SEQUENCE") == [":1"])
        #expect(added.values("STATUS") == [":CONFIRMED"])
        let removed = try lines(notice, to: "ann@example.org")
        #expect(removed.values("METHOD") == [":CANCEL"] && removed.values("SEQUENCE") == [":1"])
        // It goes on for the others (RFC 5546 §3.2.5).
        #expect(removed.values("STATUS") == [])
        #expect(removed.values("ATTENDEE").map { $0.hasSuffix("mailto:ann@example.org") } == [true])
        let kept = try lines(notice, to: "bob@example.org")
        #expect(kept.values("METHOD") == [":REQUEST"] && kept.values("SEQUENCE") == [":1"])
        #expect(kept.values("ATTENDEE").count == 2)
    }

    @Test func whoGoesLearnsNothingOfWhatItHasBecome() throws {
        let notice = update(["attendees": [], "location": "The new secret place"])
        let message = try press.message(for: NoticeFixture.envelope(to: "ann@example.org", notice))
        #expect(message.text.contains("You no longer take part") && message.subject.hasPrefix("No longer invited: "))
        #expect(
            !message.text.contains("secret") && !String(decoding: message.calendar, as: UTF8.self).contains("secret"))
    }

    /// One who is several things is told once, as the strongest of them, and goes only when none of them is left.
    @Test func oneWhoIsSeveralThingsIsOne() {
        let bob: JSON = ["name": "B", "email": "BOB@example.org"]
        let ada: JSON = ["name": "A", "email": "Ada@Example.com"]
        #expect(
            readers(update(["attendees": .array([bob, ada])], before: ["attendees": []])) == [
                "kept booker bob@example.org", "kept host Ada@Example.com",
            ])
        #expect(
            readers(update(["attendees": []], before: ["attendees": .array([bob, ada])])) == [
                "kept booker bob@example.org", "kept host ada@example.com",
            ])
    }

    /// The calendar has another owner today: whoever was told is told, and the invitation stays in the first one's name.
    @Test func aFormerOwnerIsTold() throws {
        let former: JSON = ["name": "Former", "email": "former@example.com", "since": 1]
        let ada: JSON = ["name": "Dr. Ada", "email": "ada@example.com", "since": 2]
        let told = AppointmentTold(organizer: former, hosts: [former, ada])
        let notice = update(["location": "Room 9"], told: told)
        #expect(readers(notice).suffix(2) == ["kept host former@example.com", "kept host ada@example.com"])
        for address in ["bob@example.org", "ann@example.org", "ada@example.com"] {
            let lines = try lines(notice, to: address)
            #expect(lines.values("ORGANIZER") == [";CN=\"Former\":mailto:former@example.com"])
        }
        let cancelled = NoticeFixture.payload(["status": "cancelled", "version": 3])
        let end = Notice(
            eventID: notice.eventID, type: "appointment.cancelled", seq: 9, subjectID: notice.subjectID,
            occurredAt: notice.occurredAt, payload: cancelled, organizationID: notice.organizationID,
            organizationName: "Practice", calendar: notice.calendar, told: told
        )
        for address in ["bob@example.org", "former@example.com", "ada@example.com"] {
            let lines = try lines(end, to: address)
            #expect(lines.values("METHOD") == [":CANCEL"] && lines.values("STATUS") == [":CANCELLED"])
            #expect(lines.values("SEQUENCE") == [":2"])
        }
    }

    /// No calendar adds an invitation that comes from its own user.
    @Test(arguments: ["ada@example.com", "ADA@example.com"])
    func theOrganizersOwnCopyComesFromTheInstallation(owner: String) throws {
        let notice = NoticeFixture.notice(
            calendar: NoticeFixture.calendar(ownerEmail: owner, notify: ["desk@example.com"]))
        let own = try lines(notice, to: owner)
        #expect(own.values("METHOD") == [":REQUEST"])
        #expect(own.values("ORGANIZER") == [";CN=\"Practice\":mailto:bookings@almanac.test"])
        #expect(own.values("ATTENDEE").contains { $0.hasSuffix("mailto:\(owner)") && $0.contains("PARTSTAT=ACCEPTED") })
        let desk = try lines(notice, to: "desk@example.com")
        #expect(desk.values("ORGANIZER") == [";CN=\"Dr. Ada\":mailto:\(owner)"])
        #expect(desk.values("ATTENDEE").contains { $0.hasSuffix("mailto:desk@example.com") })
        // Guests do not learn who else is told.
        let guest = try lines(notice, to: "bob@example.org")
        #expect(guest.values("ATTENDEE").map { $0.hasSuffix("mailto:bob@example.org") } == [true])
    }

    @Test func whereTheInstallationIsTheOwnerItsCopyIsPublished() throws {
        let calendar = NoticeFixture.calendar(ownerEmail: "bookings@almanac.test")
        let own = try lines(NoticeFixture.notice(calendar: calendar), to: "bookings@almanac.test")
        #expect(own.values("METHOD") == [":PUBLISH"] && own.values("ATTENDEE") == [])
    }

    @Test func eachGuestIsInTheInvitationOnce() throws {
        let again: JSON = ["name": "Ann again", "email": "ANN@example.org"]
        let bob: JSON = ["name": "Bob", "email": "Bob@Example.org"]
        let notice = NoticeFixture.notice(
            payload: NoticeFixture.payload(["attendees": .array([Self.ann, again, bob])]))
        let attendees = try lines(notice, to: "ann@example.org").values("ATTENDEE")
        #expect(attendees.map { $0.split(separator: ":").last } == ["bob@example.org", "ann@example.org"])
    }

    @Test(arguments: [("America/New_York", true), ("Europe/Paris", true), ("Europe/Berlin", false)])
    func theCalendarsZoneStandsBesideTheReaders(zone: String, isBeside: Bool) throws {
        let contact = NoticeFixture.contact(["timezone": .string(zone)])
        let notice = NoticeFixture.notice(payload: NoticeFixture.payload(["contact": contact]))
        let message = try press.message(for: NoticeFixture.envelope(notice))
        #expect(message.text.contains("(\(zone), UTC"))
        let own = "09:00–09:30 (Europe/Berlin, UTC+1)"
        #expect(message.text.contains("\n    Monday, 2 November 2026, \(own)") == isBeside)
        #expect(message.html.contains("<br>Monday, 2 November 2026, \(own)") == isBeside)
        let host = try press.message(for: NoticeFixture.envelope(to: "ada@example.com", notice))
        #expect(host.text.contains(own) && !host.text.contains("New_York"))
    }

    /// Nothing can confirm or decline a request yet.
    @Test(arguments: ["bob@example.org", "ann@example.org", "ada@example.com"])
    func nobodyIsAskedForWhatCannotBeDone(address: String) throws {
        let payload = NoticeFixture.payload(["status": "pending", "attendees": .array([Self.ann])])
        let text = try press.message(for: NoticeFixture.envelope(to: address, NoticeFixture.notice(payload: payload)))
            .text
        for word in ["lease confirm", "decline", "We will write to you", "waiting for your"] {
            #expect(!text.contains(word), "\(word)")
        }
    }
}

extension JSON {
    fileprivate func with(_ key: String, _ value: JSON) -> JSON {
        var object = object ?? JSONObject()
        object[key] = value
        return .object(object)
    }
}
