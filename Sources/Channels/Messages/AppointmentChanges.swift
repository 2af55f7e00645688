import AlmanacRuntime
import Scheduling
import TenantActors

/// The changes of an update that messages mention.
struct AppointmentChanges: Sendable {
    enum Part: CaseIterable, Sendable {
        case title, location, participants, notes

        /// Whether bookers and attendees see this part. Hosts see all parts.
        var isForGuests: Bool { self != .notes }
    }

    /// In the order in which messages list them.
    let parts: [Part]

    /// - Parameter previous: if nil, all parts that guests see count as changed.
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

    /// The changed parts that a reader of this role sees.
    func parts(for role: Audience.Role) -> [Part] { parts.filter { role == .host || $0.isForGuests } }

    /// The participants by name and address, without their order.
    private static func attendees(_ appointment: Appointment) -> Set<[ExactText]> {
        Set(appointment.attendees.map { [EmailAddress.identity($0.email), $0.name.exact] })
    }
}
