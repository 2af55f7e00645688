import Scheduling

/// What happened to the appointment.
enum Occasion: Sendable, CaseIterable {
    /// Booked, and not confirmed.
    case requested
    /// Booked, and confirmed at once.
    case booked
    case confirmed
    case rescheduled
    /// Its title, place, participants or notes changed.
    case updated
    /// It has ended for the reader, but not for the others.
    case removed
    case cancelled

    /// The event for a changed title, place, participants or notes.
    static let update: ExactText = "appointment.updated"

    /// The events that cause messages.
    static let events: Set<String> = [
        "appointment.booked", "appointment.confirmed", "appointment.rescheduled", update.text,
        "appointment.cancelled",
    ]

    /// Nil for events that cause no message.
    init?(event: String, status: AppointmentStatus, part: Audience.Reader.Part = .kept) {
        switch (event.exact, part) {
        case ("appointment.booked", _), (Self.update, .added): self = status == .pending ? .requested : .booked
        case ("appointment.confirmed", _): self = .confirmed
        case ("appointment.rescheduled", _): self = .rescheduled
        case (Self.update, .kept): self = .updated
        case (Self.update, .removed): self = .removed
        case ("appointment.cancelled", _): self = .cancelled
        default: return nil
        }
    }

    /// Whether the appointment has ended for the reader.
    var isEnd: Bool {
        switch self {
        case .removed, .cancelled: true
        case .requested, .booked, .confirmed, .rescheduled, .updated: false
        }
    }
}
