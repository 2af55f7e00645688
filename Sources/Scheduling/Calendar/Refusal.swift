/// Why a time cannot be booked: the engine's rules, in the order in which it checks them.
public enum ReasonCode: String, Sendable, CaseIterable, Hashable {
    case inactive, closed
    case pause = "break"
    case blackout
    case offGrid = "off_grid"
    case notice, horizon
    case dailyLimit = "daily_limit"
    case booked, held
    case externalBusy = "external_busy"
    case buffer, full

    /// The rules that a booking with the right scope may override; never one that prevents an overlap.
    public static let overridable: Set<ReasonCode> = [
        .closed, .pause, .blackout, .offGrid, .notice, .horizon, .dailyLimit,
    ]
}

/// Why a time cannot be booked.
public struct Reason: Hashable, Sendable {
    public var code: ReasonCode
    /// A sentence for people.
    public var detail: String
    /// The time of the refusing entry, if there is one.
    public var span: Span?
    /// The rule, break or blackout that refuses, if it has an id.
    public var sourceID: ID?

    public init(_ code: ReasonCode, _ detail: String, span: Span? = nil, sourceID: ID? = nil) {
        self.code = code
        self.detail = detail
        self.span = span
        self.sourceID = sourceID
    }
}

/// Why the calendar does not carry out a command.
public enum Refusal: Error, Hashable, Sendable {
    /// The time is taken or not offered: the reasons, and the nearest starts that are offered.
    case slotUnavailable(reasons: [Reason], alternatives: [Span])
    /// The duration is not one of the allowed ones, in minutes.
    case durationNotAllowed(allowed: [Int])
    /// The hold has ended, was released or never was.
    case holdExpired
    /// The booking names another time than its hold.
    case holdMismatch(held: Span)
    /// A write of this hold is under way.
    case holdBusy
    case cancellationWindowClosed(until: Instant)
    case invalidTransition(from: AppointmentStatus, to: AppointmentStatus)
}
