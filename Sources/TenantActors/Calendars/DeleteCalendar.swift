/// The end of a calendar.
public struct DeleteCalendar: Sendable {
    /// What becomes of the appointments that are not over.
    public enum Appointments: String, Sendable, CaseIterable {
        /// Each is cancelled by the host, and told.
        case cancel
        /// They stay as they are: they can be read, changed and cancelled.
        case keep
    }

    /// Nil where nobody said: then there must be none.
    public var appointments: Appointments?

    public init(appointments: Appointments? = nil) { self.appointments = appointments }
}
