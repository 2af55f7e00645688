/// A command: delete a calendar.
public struct DeleteCalendar: Sendable {
    /// What happens to appointments that are not over.
    public enum Appointments: String, Sendable, CaseIterable {
        /// The host cancels each one, and everybody concerned gets a message.
        case cancel
        /// They stay, and can still be read, changed and cancelled.
        case keep
    }

    /// Nil if the request does not say: then the deletion is refused if there are any.
    public var appointments: Appointments?

    public init(appointments: Appointments? = nil) { self.appointments = appointments }
}
