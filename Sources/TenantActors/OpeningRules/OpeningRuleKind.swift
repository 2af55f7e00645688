/// The kinds of opening rules besides a calendar's settings. Each has its own table and path.
public enum OpeningRuleKind: Int, CaseIterable, Sendable {
    case rule, buffer, pause, blackout

    /// Its name in a sentence.
    public var noun: String {
        switch self {
        case .rule: "availability rule"
        case .buffer: "buffer time"
        case .pause: "break time"
        case .blackout: "blackout date"
        }
    }

    /// Its name in events and in the audit log.
    public var source: String {
        switch self {
        case .rule: "availability_rule"
        case .buffer: "buffer_time"
        case .pause: "break_time"
        case .blackout: "blackout_date"
        }
    }

    /// Its path below the calendar's path.
    public var collection: String {
        switch self {
        case .rule: "availability-rules"
        case .buffer: "buffer-times"
        case .pause: "break-times"
        case .blackout: "blackout-dates"
        }
    }

    /// The name of its id in a path.
    public var parameter: String {
        switch self {
        case .rule: "rule_id"
        case .buffer: "buffer_id"
        case .pause: "break_id"
        case .blackout: "blackout_id"
        }
    }

    /// How many of them a calendar or a preview may have.
    var limit: Int {
        switch self {
        case .rule, .pause, .blackout: 1_000
        case .buffer: 3
        }
    }
}
