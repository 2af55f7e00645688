/// Reads `NAME=value;NAME=value`, noting everything that is wrong with it.
struct RecurrenceParser {
    /// Longer than any useful rule; this bounds the lists too.
    static let maxBytes = 1_000

    private(set) var errors: [RecurrenceError] = []

    mutating func refuse(_ part: String, _ code: String, _ message: String) {
        errors.append(RecurrenceError(part: part, code: code, message: message))
    }

    /// The rule without `RRULE:` and a trailing `;`.
    func body(of text: String) -> String {
        var body = text.utf8[...]
        // A text cut after six bytes may end within a scalar; then it is no `RRULE:` either.
        let start = String(decoding: body.prefix(6), as: UTF8.self).exact
        if start.asciiUppercased == "RRULE:" { body = body.dropFirst(6) }
        if body.last == UInt8(ascii: ";") { body = body.dropLast() }
        return String(Substring(body))
    }

    /// Reads each part, then checks their combinations.
    mutating func read(_ body: String) -> RecurrenceParts {
        var parts = RecurrenceParts()
        guard body.utf8.count <= Self.maxBytes else {
            refuse("", "too_long", "must have at most \(Self.maxBytes) bytes")
            return parts
        }
        guard !body.isEmpty else {
            refuse("", "empty", "must name a frequency, such as FREQ=WEEKLY")
            return parts
        }
        var seen: Set<ExactText> = []
        for field in body.exact.asciiUppercased.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // The error repeats the sender's own name for the part, but limits its length.
            let name = String(pair[0].text.unicodeScalars.prefix(24))
            guard pair.count == 2, !name.isEmpty else {
                refuse(name, "malformed", "must be of the form NAME=value")
                continue
            }
            guard seen.insert(name.exact).inserted else {
                refuse(name, "duplicate_part", "must be given once")
                continue
            }
            read(pair[1], of: name, into: &parts)
        }
        if !seen.contains("FREQ") { refuse("FREQ", "missing_part", "is required") }
        // Only valid parts can be compared with each other.
        if errors.isEmpty { checkTogether(parts) }
        return parts
    }

    private mutating func read(_ value: ExactText, of name: String, into parts: inout RecurrenceParts) {
        switch name.exact {
        case "FREQ": readFrequency(value, into: &parts)
        case "INTERVAL": parts.interval = number(value, of: name) ?? 1
        case "COUNT": parts.count = number(value, of: name)
        case "UNTIL": readUntil(value, into: &parts)
        case "WKST":
            if let weekday = Self.weekday(value) {
                parts.weekStart = weekday
            } else {
                refuse(name, "invalid_value", "must be one of MO, TU, WE, TH, FR, SA, SU")
            }
        case "BYMONTH": parts.months = numbers(value, of: name, through: 12, signed: false)
        case "BYWEEKNO": parts.weekNumbers = numbers(value, of: name, through: 53)
        case "BYYEARDAY": parts.yearDays = numbers(value, of: name, through: 366)
        case "BYMONTHDAY": parts.monthDays = numbers(value, of: name, through: 31)
        case "BYSETPOS": parts.positions = numbers(value, of: name, through: 366)
        case "BYDAY": parts.days = days(value)
        case "BYHOUR", "BYMINUTE", "BYSECOND":
            refuse(name, "unsupported_part", "cannot be given: the times beside the rule say when in the day")
        default: refuse(name, "unknown_part", "is not a part of a recurrence rule")
        }
    }

    private mutating func readFrequency(_ value: ExactText, into parts: inout RecurrenceParts) {
        switch value {
        case "DAILY": parts.frequency = .daily
        case "WEEKLY": parts.frequency = .weekly
        case "MONTHLY": parts.frequency = .monthly
        case "YEARLY": parts.frequency = .yearly
        case "SECONDLY", "MINUTELY", "HOURLY":
            refuse("FREQ", "unsupported_frequency", "must be DAILY, WEEKLY, MONTHLY or YEARLY: a rule gives dates")
        default: refuse("FREQ", "invalid_value", "must be DAILY, WEEKLY, MONTHLY or YEARLY")
        }
    }
}
