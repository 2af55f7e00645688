@testable import JSON
import AlmanacRuntime
import Scheduling

@testable import AlmanacChannels

extension NoticeFixture {
    static let bob = "bob@example.org"
    static let ann = "ann@example.org"
    static let ada = "ada@example.com"

    /// The letter that one reader gets of a booking with Ann, with `changes` in place of the payload's fields.
    static func letter(
        _ type: String = "appointment.booked", to address: String = bob, with changes: [String: JSON] = [:],
        calendar: Notice.Calendar = calendar()
    ) throws -> Letter {
        let fields: [String: JSON] = ["attendees": [["name": "Ann Ames", "email": "ann@example.org"]]]
        let notice = notice(type, payload: payload(fields.merging(changes) { $1 }), calendar: calendar)
        return Letter(try Facts(notice, for: address, zones: ZoneDatabase()).message())
    }
}
