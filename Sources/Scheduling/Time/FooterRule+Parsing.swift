extension FooterRule {
    /// Reads `std offset [dst [offset],start[/time],end[/time]]` (POSIX TZ with the extensions of RFC 8536 §3.3.1):
    /// names as letters or `<+03>`, times of −167…167 hours. A daylight name without its rule is refused, because POSIX
    /// leaves its meaning to the system.
    init(_ text: ArraySlice<UInt8>) throws(ZoneError) {
        var scanner = Scanner(rest: text)
        guard scanner.name(), let standard = scanner.time(hours: 24) else { throw Self.malformed(text) }
        self.standard = -standard
        guard !scanner.rest.isEmpty else { return }

        guard scanner.name() else { throw Self.malformed(text) }
        var offset = self.standard + 3_600
        if scanner.rest.first != UInt8(ascii: ",") {
            guard let stated = scanner.time(hours: 24) else { throw Self.malformed(text) }
            offset = -stated
        }
        guard let start = scanner.moment(), let end = scanner.moment(), scanner.rest.isEmpty else {
            throw Self.malformed(text)
        }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    private static func malformed(_ text: ArraySlice<UInt8>) -> ZoneError {
        ZoneError(.malformedFooter, String(decoding: text.prefix(64), as: UTF8.self))
    }
}

private struct Scanner {
    var rest: ArraySlice<UInt8>

    /// Skips one given character.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// At least three letters, or `<` letters, digits, signs `>`.
    mutating func name() -> Bool {
        let quoted = take("<")
        let length = rest.prefix { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"): quoted
            default: false
            }
        }.count
        rest.removeFirst(length)
        return length >= 3 && (!quoted || take(">"))
    }

    /// One to three digits, at most `highest`.
    mutating func number(upTo highest: Int) -> Int? {
        let digits = rest.prefix(3).prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return value <= highest ? value : nil
    }

    /// `[±]h[h[h]][:mm[:ss]]` in seconds.
    mutating func time(hours highest: Int) -> Int? {
        let negative = take("-")
        if !negative { _ = take("+") }
        guard let hours = number(upTo: highest) else { return nil }
        var seconds = hours * 3_600
        for unit in [60, 1] {
            guard take(":") else { break }
            guard let value = number(upTo: 59) else { return nil }
            seconds += value * unit
        }
        return negative ? -seconds : seconds
    }

    /// `,date[/time]`; the time is 02:00 if absent.
    mutating func moment() -> FooterRule.Moment? {
        guard take(","), let day = day() else { return nil }
        guard take("/") else { return FooterRule.Moment(day: day, seconds: 7_200) }
        guard let seconds = time(hours: 167) else { return nil }
        return FooterRule.Moment(day: day, seconds: seconds)
    }

    private mutating func day() -> FooterRule.Moment.Day? {
        if take("J") {
            guard let day = number(upTo: 365), day >= 1 else { return nil }
            return .julian(day)
        }
        if take("M") {
            guard let month = number(upTo: 12), month >= 1, take("."),
                let week = number(upTo: 5), week >= 1, take("."),
                let weekday = number(upTo: 6)
            else { return nil }
            return .nth(week: week, weekday: weekday, month: month)
        }
        return number(upTo: 365).map { .ordinal($0) }
    }
}
