/// The opening rule of the engine that keeps a time from being booked, in the order in which they are asked.
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

    /// The opening rules that a booking with the right scope may pass over; never one that guards against an overlap.
    public static let overridable: Set<ReasonCode> = [
        .closed, .pause, .blackout, .offGrid, .notice, .horizon, .dailyLimit,
    ]
}

/// Why a time cannot be booked.
public struct Reason: Hashable, Sendable {
    public var code: ReasonCode
    /// A sentence for people.
    public var detail: String
    /// The stretch of time that refuses, where there is one.
    public var span: Span?
    /// The rule, break or blackout that refuses, where it has an id.
    public var sourceID: ID?

    public init(_ code: ReasonCode, _ detail: String, span: Span? = nil, sourceID: ID? = nil) {
        self.code = code
        self.detail = detail
        self.span = span
        self.sourceID = sourceID
    }
}

/// A command the calendar does not carry out.
public enum Refusal: Error, Hashable, Sendable {
    /// The time is taken or not offered: why, and the nearest starts that are.
    case slotUnavailable(reasons: [Reason], alternatives: [Span])
    /// The duration is not one of the allowed ones, in minutes.
    case durationNotAllowed(allowed: [Int])
    /// The hold has ended, was released or never was.
    case holdExpired
    /// The booking names another time than its hold.
    case holdMismatch(held: Span)
    /// A write about this hold is under way.
    case holdBusy
    case cancellationWindowClosed(until: Instant)
    case invalidTransition(from: AppointmentStatus, to: AppointmentStatus)
}
