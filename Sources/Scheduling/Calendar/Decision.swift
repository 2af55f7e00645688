/// What a command would change. Its time is already kept when the decision is returned: write it, then call
/// ``CalendarState/apply(_:seq:)`` or ``CalendarState/abandon(_:)``, each decision exactly once.
public enum Decision: Sendable {
    /// A new hold, or an appointment's time.
    case occupy(Occupancy.Entry)
    /// A hold becomes its appointment; the entry is as it will be.
    case confirm(Occupancy.Entry)
    /// A hold is given up, or an appointment's time set free. Free only when applied.
    case vacate(owner: ID)
    /// A hold has ended by the clock.
    case expire(Occupancy.Entry)
    /// New rules, in force when applied.
    case reconfigure(SchedulingRules)
    /// Something was written that moves no time.
    case record

    /// The time the decision is about, where it names one.
    public var entry: Occupancy.Entry? {
        switch self {
        case .occupy(let entry), .confirm(let entry), .expire(let entry): entry
        case .vacate, .reconfigure, .record: nil
        }
    }
}
