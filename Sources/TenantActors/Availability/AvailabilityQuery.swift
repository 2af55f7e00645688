import AlmanacRuntime
import NIOCore
public import Scheduling

/// The parameters of an availability query.
public struct AvailabilityQuery: Sendable {
    public var range: RangeQuery
    /// The zone of dates and days; the calendar's if nil.
    public var zone: Zone?
    /// Minutes; the calendar's slot duration if nil.
    public var duration: Int?
    public var isGroupedByDay: Bool

    public init(range: RangeQuery, zone: Zone? = nil, duration: Int? = nil, isGroupedByDay: Bool = false) {
        self.range = range
        self.zone = zone
        self.duration = duration
        self.isGroupedByDay = isGroupedByDay
    }
}
