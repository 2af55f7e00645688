/// The parts of a rule as they were given: nothing filled in, lists sorted and without repetitions.
struct RecurrenceParts: Hashable, Sendable {
    enum Frequency: String, Hashable, Sendable { case daily, weekly, monthly, yearly }

    /// The last moment at which an occurrence may begin.
    enum Until: Hashable, Sendable {
        /// The whole of a date.
        case date(CivilDate)
        /// A wall-clock time in whatever zone.
        case local(CivilDate, second: Int)
        case instant(Instant)
    }

    /// A weekday of each week, or the n-th of a month or year, from the end if n is negative.
    struct Day: Hashable, Sendable {
        /// 0 for each.
        var ordinal: Int
        var weekday: Weekday
    }

    var frequency = Frequency.daily
    var interval = 1
    var count: Int?
    var until: Until?
    var weekStart = Weekday.monday
    var months: [Int] = []
    var weekNumbers: [Int] = []
    var yearDays: [Int] = []
    var monthDays: [Int] = []
    var days: [Day] = []
    var positions: [Int] = []
}
