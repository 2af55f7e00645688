@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import AlmanacChannels

@Suite struct MessageTests {
    private static let bob = NoticeFixture.bob
    private static let ann = NoticeFixture.ann
    private static let ada = NoticeFixture.ada

    private func message(
        _ type: String = "appointment.booked", to address: String = bob, with changes: [String: JSON] = [:],
        calendar: Notice.Calendar = NoticeFixture.calendar()
    ) throws -> Message {
        try NoticeFixture.letter(type, to: address, with: changes, calendar: calendar).message
    }

    private func detail(_ message: Message, _ label: String) -> String? {
        message.details.first { $0.label == label }?.value
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
        #expect(try message(type, to: to, with: ["status": .string(status)]).subject == expected)
    }

    @Test func aRequestIsNotCalledConfirmed() throws {
        for (address, mark) in [(Self.bob, "not confirmed yet"), (Self.ada, "not confirmed yet")] {
            let message = try message(to: address, with: ["status": "pending"])
            #expect(message.paragraphs.joined(separator: " ").contains(mark))
            #expect(!message.subject.contains("Confirmed"))
            #expect(Letter(message).links == [], "nothing to add to a calendar yet")
        }
    }

    @Test(arguments: [
        ("customer", bob, "as you asked"), ("customer", ada, "Bob Berger has cancelled"),
        ("customer", ann, "Bob Berger has cancelled"), ("host", bob, "Dr. Ada has cancelled your appointment"),
        ("host", ann, "Dr. Ada has cancelled"), ("host", ada, "on your side"), ("system", ada, "automatically"),
        ("system", bob, "We are sorry: your appointment has been cancelled."),
    ])
    func aCancellationSaysWhoAndWhy(by: String, to: String, expected: String) throws {
        let cancellation = NoticeFixture.cancellation(by: by, "Doctor is ill")
        let message = try message(
            "appointment.cancelled", to: to, with: ["status": "cancelled", "cancellation": cancellation])
        #expect(message.paragraphs.joined(separator: " ").contains(expected))
        #expect(detail(message, "Reason") == "Doctor is ill")
        #expect(Letter(message).links == [])
    }

    @Test func aMovedRequestIsStillARequest() throws {
        let moved = try message("appointment.rescheduled", with: ["status": "pending"])
        #expect(moved.paragraphs.joined().contains("still not confirmed"))
        #expect(Letter(moved).links == [])
        #expect(try Letter(message("appointment.rescheduled")).links.count == 4)
    }

    @Test func hostsLearnWhoComesAndCustomersWhereTheyGo() throws {
        let changes: [String: JSON] = ["notes": "First visit\nAllergic"]
        let host = try message(to: Self.ada, with: changes)
        #expect(detail(host, "Customer") == "Bob Berger")
        #expect(detail(host, "E-mail") == "bob@example.org")
        #expect(detail(host, "Phone") == "+49 30 1234")
        #expect(detail(host, "Notes") == "First visit\nAllergic")
        #expect(detail(host, "Participants") == "Ann Ames (ann@example.org)")
        #expect(detail(host, "Calendar") == "Practice")
        for address in [Self.bob, Self.ann] {
            let message = try message(to: address, with: changes)
            #expect(detail(message, "With") == "Dr. Ada")
            #expect(detail(message, "Where") == "Main Street 1, Berlin")
            for secret in ["Allergic", "+49 30 1234", "bob@example.org"] {
                #expect(!Letter(message).text().contains(secret) && !Letter(message).html().contains(secret))
            }
        }
        #expect(detail(try message(to: Self.ann), "Booked by") == "Bob Berger")
    }

    @Test func withoutATitleTheCalendarIsNamed() throws {
        #expect(try message(with: ["title": nil]).subject.hasPrefix("Confirmed: Practice with Dr. Ada,"))
        #expect(try message(to: Self.ada, with: ["title": nil]).subject.hasPrefix("New booking: Appointment with Bob"))
        let alone = NoticeFixture.calendar(name: "Dr. Ada", ownerName: nil)
        #expect(try message(with: ["title": nil], calendar: alone).subject.hasPrefix("Confirmed: Dr. Ada, Mon"))
        #expect(try message(with: ["title": "Visit to DR. ADA"]).subject.hasPrefix("Confirmed: Visit to DR. ADA, Mon"))
    }
}
