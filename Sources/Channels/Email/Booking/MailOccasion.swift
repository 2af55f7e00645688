import Scheduling

/// What a message tells of.
enum MailOccasion: Sendable, CaseIterable {
    /// Booked, and waiting for the host to confirm.
    case requested
    /// Booked, and confirmed at once.
    case booked
    case confirmed
    case rescheduled
    case cancelled

    /// The events that are mailed.
    static let events: Set<String> = [
        "appointment.booked", "appointment.confirmed", "appointment.rescheduled", "appointment.cancelled",
    ]

    /// nil for events that nobody is mailed about.
    init?(event: String, status: AppointmentStatus) {
        switch event.exact {
        case "appointment.booked": self = status == .pending ? .requested : .booked
        case "appointment.confirmed": self = .confirmed
        case "appointment.rescheduled": self = .rescheduled
        case "appointment.cancelled": self = .cancelled
        default: return nil
        }
    }
}
