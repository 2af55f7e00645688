/// A day of the week; weeks begin on Monday (ISO 8601, and RFC 5545 §3.3.10 where `WKST` is absent).
public enum Weekday: Int, CaseIterable, Comparable, Sendable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// The English name in lower case, as the API spells it.
    public var name: String {
        switch self {
        case .monday: "monday"
        case .tuesday: "tuesday"
        case .wednesday: "wednesday"
        case .thursday: "thursday"
        case .friday: "friday"
        case .saturday: "saturday"
        case .sunday: "sunday"
        }
    }

    /// Accepts exactly what ``name`` returns; refuses other cases and abbreviations.
    public init?(name: String) {
        let name = name.exact
        guard let weekday = Self.allCases.first(where: { $0.name.exact == name }) else { return nil }
        self = weekday
    }

    public static func < (lhs: Weekday, rhs: Weekday) -> Bool {
        lhs.rawValue < rhs.rawValue
    }
}
