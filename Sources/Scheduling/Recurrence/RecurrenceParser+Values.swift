extension RecurrenceParser {
    /// The largest accepted number: far more than the calendar has days, and far from overflow.
    private static let largest = 9_999_999_999

    /// A number of 1 and more.
    mutating func number(_ value: ExactText, of name: String) -> Int? {
        guard let number = Self.digits(value), number <= Self.largest else {
            refuse(name, "invalid_value", "must be a whole number of at most 10 digits")
            return nil
        }
        guard number >= 1 else {
            refuse(name, "out_of_range", "must be 1 or more")
            return nil
        }
        return number
    }

    /// A list of numbers from 1, and from −1 down if it is signed.
    mutating func numbers(_ value: ExactText, of name: String, through highest: Int, signed: Bool = true) -> [Int] {
        let range = signed ? "from 1 to \(highest) or from -\(highest) to -1" : "from 1 to \(highest)"
        var numbers: Set<Int> = []
        for item in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = signed ? Self.signed(item) : Self.digits(item) else {
                refuse(name, "invalid_value", "must be a list of numbers \(range)")
                return []
            }
            guard 1...highest ~= number.magnitudeAsInt else {
                refuse(name, "out_of_range", "must be \(range)")
                return []
            }
            numbers.insert(number)
        }
        return numbers.sorted()
    }

    /// `MO`, `+1TU`, `-2FR`.
    mutating func days(_ value: ExactText) -> [RecurrenceParts.Day] {
        var days: Set<RecurrenceParts.Day> = []
        for item in value.split(separator: ",", omittingEmptySubsequences: false) {
            // Two ASCII letters: the text can be cut before them.
            let weekday = Self.weekdays.firstIndex { item.hasSuffix($0) }.flatMap(Weekday.init(rawValue:))
            let ordinal = weekday == nil ? item : item.dropLast(2)
            guard let weekday, let number = ordinal.isEmpty ? 0 : Self.signed(ordinal)
            else {
                refuse("BYDAY", "invalid_value", "must be a list of weekdays such as MO, 2TU or -1FR")
                return []
            }
            guard ordinal.isEmpty || 1...53 ~= number.magnitudeAsInt else {
                refuse("BYDAY", "out_of_range", "must number weekdays from 1 to 53 or from -53 to -1")
                return []
            }
            days.insert(.init(ordinal: number, weekday: weekday))
        }
        return days.sorted { ($0.weekday, $0.ordinal) < ($1.weekday, $1.ordinal) }
    }

    /// `20261224`, `20261224T180000`, `20261224T170000Z`.
    mutating func readUntil(_ value: ExactText, into parts: inout RecurrenceParts) {
        let isUTC = value.utf8.last == UInt8(ascii: "Z")
        let halves = (isUTC ? value.dropLast(1) : value).split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count <= 2, let date = halves.first.flatMap(Self.date), !isUTC || halves.count == 2 else {
            refuse("UNTIL", "invalid_value", "must be a date such as 20261224, or 20261224T180000 with or without Z")
            return
        }
        guard halves.count == 2 else {
            parts.until = .date(date)
            return
        }
        guard let second = Self.secondOfDay(halves[1]) else {
            refuse("UNTIL", "invalid_value", "must have a time of six digits from 000000 to 235960")
            return
        }
        let midnight = Instant(seconds: Int64(date.dayNumber) * 86_400)
        parts.until = isUTC ? .instant(midnight.adding(seconds: Int64(second))) : .local(date, second: second)
    }

    static func weekday(_ text: ExactText) -> Weekday? {
        weekdays.firstIndex(of: text).flatMap(Weekday.init(rawValue:))
    }

    private static let weekdays: [ExactText] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

    private static func date(_ text: ExactText) -> CivilDate? {
        guard text.utf8.count == 8, let number = digits(text) else { return nil }
        return CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
    }

    /// The grammar allows a leap second; it is read as the instant after 23:59:59.
    private static func secondOfDay(_ text: ExactText) -> Int? {
        guard text.utf8.count == 6, let number = digits(text) else { return nil }
        let (hour, minute, second) = (number / 10_000, number / 100 % 100, number % 100)
        return hour < 24 && minute < 60 && second <= 60 ? hour * 3_600 + minute * 60 + second : nil
    }

    private static func signed(_ text: ExactText) -> Int? {
        switch text.utf8.first {
        case UInt8(ascii: "-"): digits(text.dropFirst(1)).map { -$0 }
        case UInt8(ascii: "+"): digits(text.dropFirst(1))
        default: digits(text)
        }
    }

    private static func digits(_ text: ExactText) -> Int? {
        guard 1...11 ~= text.utf8.count else { return nil }
        var number = 0
        for byte in text.utf8 {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}

extension Int {
    fileprivate var magnitudeAsInt: Int { self < 0 ? -self : self }
}
