import AlmanacRuntime
public import Scheduling

extension CalendarActor {
    /// The slots of a range, as bytes. From memory: no database, no network.
    public func availability(_ query: AvailabilityQuery) throws(CommandError) -> AvailabilityAnswer {
        try checkInForce()
        return try live.availability(query, now: services.clock.now())
    }

    /// The slots if they are cached or take little work; nil otherwise.
    public func promptAvailability(_ query: AvailabilityQuery) throws(CommandError) -> AvailabilityAnswer? {
        try checkInForce()
        return try live.availability(query, effort: Effort.light, now: services.clock.now())
    }

    /// Whether ``explain(at:duration:namesBookings:)`` takes little work.
    public var isExplainingLight: Bool { !live.explainingTakes(more: Effort.light) }

    /// Frees what can be computed again, so that other calendars have room.
    func giveBack() { live.giveBack() }

    /// The zone of the calendar's dates.
    public var zone: Zone { state.rules.zone }

    /// Whether a start can be booked, and the reasons if not.
    public func explain(at start: Instant, duration: Int?, namesBookings: Bool) throws(CommandError) -> [UInt8] {
        try checkInForce()
        return try live.explain(
            at: start, duration: duration, namesBookings: namesBookings, now: services.clock.now()
        )
    }
}
