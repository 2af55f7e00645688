import JSON
import AlmanacRuntime
import Scheduling
import TenantActors

/// What an update changed of an appointment, as far as people are told of it.
struct AppointmentChanges: Sendable {
    enum Part: CaseIterable, Sendable {
        case title, location, participants, notes

        var name: String {
            switch self {
            case .title: "title"
            case .location: "place"
            case .participants: "participants"
            case .notes: "notes"
            }
        }

        /// Whether bookers and attendees see it; hosts see all of it.
        var isForGuests: Bool { self != .notes }
    }

    /// In the order in which they are told.
    let parts: [Part]

    /// - Parameter previous: everything counts as changed if nil.
    init(from previous: JSON?, to payload: JSON) {
        guard let previous else {
            parts = [.title, .location, .participants]
            return
        }
        func differs(_ key: String) -> Bool {
            (previous[key]?.string ?? "").exact != (payload[key]?.string ?? "").exact
        }
        var parts: [Part] = []
        if differs("title") { parts.append(.title) }
        if differs("location") { parts.append(.location) }
        if Self.attendees(previous) != Self.attendees(payload) { parts.append(.participants) }
        if differs("notes") { parts.append(.notes) }
        self.parts = parts
    }

    /// Whether it concerns somebody of this role.
    func concern(_ role: MailRole) -> Bool {
        switch role {
        case .host: !parts.isEmpty
        case .booker, .attendee: parts.contains(where: \.isForGuests)
        }
    }

    /// Those that somebody of this role is told of.
    func parts(for role: MailRole) -> [Part] { parts.filter { role == .host || $0.isForGuests } }

    /// Who takes part, by name and address, in whatever order.
    private static func attendees(_ payload: JSON) -> Set<[ExactText]> {
        Set(
            (payload["attendees"]?.array ?? []).map { person in
                [EmailAddress.identity(person["email"]?.string ?? ""), (person["name"]?.string ?? "").exact]
            }
        )
    }
}
