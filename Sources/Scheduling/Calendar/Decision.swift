/// What a command would change. Its time is already marked when the decision is returned: write it, then call
/// ``CalendarState/apply(_:seq:)`` or ``CalendarState/abandon(_:)``, each decision exactly once.
public enum Decision: Sendable {
    /// A new hold, or an appointment's time.
    case occupy(Occupancy.Entry)
    /// A hold becomes its appointment; the entry is as it will be.
    case confirm(Occupancy.Entry)
    /// A hold is released, or an appointment's time freed. The time is free only when this is applied.
    case vacate(owner: ID)
    /// A hold has ended by the clock.
    case expire(Occupancy.Entry)
    /// New rules, in effect when applied.
    case reconfigure(SchedulingRules)
    /// A write that changes no time.
    case record

    /// The time that the decision concerns, if it names one.
    public var entry: Occupancy.Entry? {
        switch self {
        case .occupy(let entry), .confirm(let entry), .expire(let entry): entry
        case .vacate, .reconfigure, .record: nil
        }
    }
}
