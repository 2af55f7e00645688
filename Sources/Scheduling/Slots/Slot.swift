/// A start that can be booked now.
public struct Slot: Hashable, Sendable {
    public let start: Instant
    public let end: Instant
    /// The number of guests who still fit at every moment of the span, buffers included; at least 1.
    public let seatsAvailable: Int

    public init(start: Instant, end: Instant, seatsAvailable: Int) {
        self.start = start
        self.end = end
        self.seatsAvailable = seatsAvailable
    }
}

/// The slots of a range at one moment.
public struct Availability: Sendable {
    public let slots: [Slot]
    /// The first instant at which the clock alone may change the answer; nil if it never does.
    public let validUntil: Instant?

    public init(slots: [Slot], validUntil: Instant?) {
        self.slots = slots
        self.validUntil = validUntil
    }
}
