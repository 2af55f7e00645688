/// The kinds of opening rules that are kept beside a calendar's settings, each with a table and an address of its own.
public enum OpeningRuleKind: Int, CaseIterable, Sendable {
    case rule, buffer, pause, blackout

    /// What it is called in a sentence.
    public var noun: String {
        switch self {
        case .rule: "availability rule"
        case .buffer: "buffer time"
        case .pause: "break time"
        case .blackout: "blackout date"
        }
    }

    /// What events and the audit log call it.
    public var source: String {
        switch self {
        case .rule: "availability_rule"
        case .buffer: "buffer_time"
        case .pause: "break_time"
        case .blackout: "blackout_date"
        }
    }

    /// Where a calendar's are found, below the calendar's own address.
    public var collection: String {
        switch self {
        case .rule: "availability-rules"
        case .buffer: "buffer-times"
        case .pause: "break-times"
        case .blackout: "blackout-dates"
        }
    }

    /// What a path calls the id of one.
    public var parameter: String {
        switch self {
        case .rule: "rule_id"
        case .buffer: "buffer_id"
        case .pause: "break_id"
        case .blackout: "blackout_id"
        }
    }

    /// The most of them that a calendar, or a preview, may have.
    var limit: Int {
        switch self {
        case .rule, .pause, .blackout: 1_000
        case .buffer: 3
        }
    }
}
