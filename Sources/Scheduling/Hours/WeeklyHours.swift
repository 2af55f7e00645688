/// Opening hours of a week: for each weekday its intervals in order of start.
public struct WeeklyHours: Hashable, Sendable {
    private var days: [[MinuteInterval]]

    public static let closed = WeeklyHours([])

    /// Intervals of one weekday are expected not to overlap (see ``MinuteInterval/firstOverlap(_:)``).
    public init(_ intervals: [(Weekday, MinuteInterval)]) {
        days = Array(repeating: [], count: 7)
        for (weekday, interval) in intervals { days[weekday.rawValue].append(interval) }
        for index in days.indices { days[index].sort { $0.start < $1.start } }
    }

    public subscript(weekday: Weekday) -> [MinuteInterval] { days[weekday.rawValue] }

    /// By number, Monday 0 … Sunday 6.
    subscript(weekday: Int) -> [MinuteInterval] { days[weekday] }

    public var isEmpty: Bool { days.allSatisfy(\.isEmpty) }

    /// Monday first, each with its weekday.
    public var intervals: [(Weekday, MinuteInterval)] {
        Weekday.allCases.flatMap { weekday in self[weekday].map { (weekday, $0) } }
    }
}
