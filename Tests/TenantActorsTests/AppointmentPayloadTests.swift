@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import TenantActors

@Suite struct AppointmentPayloadTests {
    private static let id = ID(high: 1, low: 2)
    private static let moment = Instant(seconds: 1_800_000_000)

    private static func appointment(cancellation: Appointment.Cancellation? = nil) -> Appointment {
        Appointment(
            id: id, organizationID: id, calendarID: id,
            contact: Contact(
                id: id, name: "Bob", email: "bob@example.org", phone: "+4930", timezone: "UTC", locale: "de"),
            attendees: [.init(name: "Ann", email: "ann@example.org")],
            span: Span(moment, moment.adding(seconds: 1_800)), status: cancellation == nil ? .pending : .cancelled,
            title: "Cafe\u{301}", notes: "a\nb", location: nil, seat: 3, source: .widget,
            reminders: [.init(channel: .email, beforeMinutes: 60)], cancellation: cancellation,
            metadata: ["crm": ["id": 7]],
            told: AppointmentTold(organizer: ["name": "Ada"], hosts: [["email": "ada@example.com", "since": 1]]),
            version: 2, createdAt: moment, updatedAt: moment.adding(microseconds: 1)
        )
    }

    @Test(
        arguments: [
            nil, .init(by: .customer, reason: nil, at: moment), .init(by: .host, reason: "ill", at: moment),
        ] as [Appointment.Cancellation?])
    func anEventsPayloadIsReadAsItWasWritten(cancellation: Appointment.Cancellation?) throws {
        let written = Self.appointment(cancellation: cancellation)
        let payload = try JSON.parse(written.eventPayload())
        #expect(try Appointment(payload: payload, organizationID: Self.id, told: written.told) == written)
    }

    @Test func whatIsMissingIsNamed() throws {
        let written = Self.appointment()
        var fields = try #require(try JSON.parse(written.eventPayload()).object)
        fields["seat"] = "first"
        #expect {
            try Appointment(payload: .object(fields), organizationID: Self.id, told: written.told)
        } throws: { ($0 as? UnusablePayload)?.field == "seat" }
    }
}
