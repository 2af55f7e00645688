public import Scheduling

/// What a subscriber watches: the slots that start in a window of one calendar.
public struct FeedQuery: Sendable {
    public var calendarID: ID
    public var range: RangeQuery
    /// The zone of the range's dates; the calendar's if nil.
    public var zone: Zone?
    /// Minutes; the calendar's slot duration if nil.
    public var duration: Int?
    /// The number of the last message the subscriber has; nil asks for a snapshot.
    public var afterSeq: Int64?
    /// Whether it may see appointments.
    public var includesAppointments: Bool
    /// As whom it watches; nil for one that sees all.
    var viewer: Viewer?

    public init(
        calendarID: ID, range: RangeQuery, zone: Zone? = nil, duration: Int? = nil, afterSeq: Int64? = nil,
        includesAppointments: Bool = false
    ) {
        self.calendarID = calendarID
        self.range = range
        self.zone = zone
        self.duration = duration
        self.afterSeq = afterSeq
        self.includesAppointments = includesAppointments
    }
}
