@testable import JSON
@testable import SQL
import AlmanacRuntime
import Testing

@testable import TenantActors

@Suite struct AppointmentToldTests {
    private func settings(_ owner: String?, _ notify: [String] = []) throws -> CalendarSettings {
        var body: JSONObject = JSONObject([("name", "Practice"), ("timezone", "UTC")])
        if let owner { body["owner"] = ["name": "Owner", "email": .string(owner)] }
        body["notify"] = .array(notify.map { .string($0) })
        let errors = FieldErrors()
        let reader = try #require(ObjectReader(.object(body), errors: errors))
        let settings = CalendarSettings.read(reader, zones: ZoneDatabase())
        try errors.check()
        return try #require(settings)
    }

    @Test func theFirstInvitationsOrganizerStays() throws {
        var told = AppointmentTold(bookingWith: try settings("a@example.com", ["desk@example.com"]))
        told.tell(try settings("b@example.com", ["DESK@example.com"]), version: 4)
        #expect(told.organizer == .init(name: "Owner", email: "a@example.com"))
        #expect(
            told.hosts.map { "\($0.email) \($0.since)" } == [
                "a@example.com 1", "desk@example.com 1", "b@example.com 4",
            ])
        told.tell(try settings("A@example.com"), version: 5)
        #expect(told.hosts.count == 3)
    }

    @Test func withoutAnOwnerTheInstallationInvitesForLife() throws {
        var told = AppointmentTold(bookingWith: try settings(nil))
        told.tell(try settings("b@example.com"), version: 2)
        #expect(told.organizer == .init(name: "Practice", email: nil))
    }

    @Test func itIsKeptAsItIs() throws {
        let told = AppointmentTold(
            bookingWith: try settings("a@example.com", ["\"x\"@example.com".replacing("\"", with: "")]))
        func json(_ value: SQLValue) throws -> JSON {
            guard case .json(let bytes) = value else { return .null }
            return try JSON.parse(bytes)
        }
        #expect(AppointmentTold(organizer: try json(told.organizerColumn), hosts: try json(told.hostsColumn)) == told)
        #expect(AppointmentTold(organizer: [:], hosts: []) == AppointmentTold(organizer: .null, hosts: .null))
    }

    /// Those that are the calendar's no more go first, the earliest in front.
    @Test func thereIsAnEnd() throws {
        var told = AppointmentTold(bookingWith: try settings("a@example.com"))
        for number in 0..<150 { told.tell(try settings("o\(number)@example.com"), version: number + 2) }
        #expect(told.hosts.count == AppointmentTold.limit)
        #expect(told.hosts.last?.email == "o149@example.com" && told.hosts.first?.email == "o50@example.com")
    }
}
