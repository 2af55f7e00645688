import AlmanacRuntime
import Scheduling
import TenantActors

/// What an update changed of an appointment, as far as people are told of it.
struct AppointmentChanges: Sendable {
    enum Part: CaseIterable, Sendable {
        case title, location, participants, notes

        /// Whether bookers and attendees see it; hosts see all of it.
        var isForGuests: Bool { self != .notes }
    }

    /// In the order in which they are told.
    let parts: [Part]

    /// - Parameter previous: everything that guests see counts as changed if nil.
    init(from previous: Appointment?, to present: Appointment) {
        guard let previous else {
            parts = Part.allCases.filter(\.isForGuests)
            return
        }
        func differs(_ text: KeyPath<Appointment, String?>) -> Bool {
            (previous[keyPath: text] ?? "").exact != (present[keyPath: text] ?? "").exact
        }
        parts = Part.allCases.filter { part in
            switch part {
            case .title: differs(\.title)
            case .location: differs(\.location)
            case .participants: Self.attendees(previous) != Self.attendees(present)
            case .notes: differs(\.notes)
            }
        }
    }

    /// Those that somebody of this role is told of.
    func parts(for role: Audience.Role) -> [Part] { parts.filter { role == .host || $0.isForGuests } }

    /// Who takes part, by name and address, in whatever order.
    private static func attendees(_ appointment: Appointment) -> Set<[ExactText]> {
        Set(appointment.attendees.map { [EmailAddress.identity($0.email), $0.name.exact] })
    }
}
