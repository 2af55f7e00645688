extension ObjectReader {
    // MARK: Texts

    /// A text of `min` to `max` Unicode scalars, counted after surrounding whitespace is removed. Control characters
    /// are refused, except tab, and line breaks (LF, CR) if `multiline`.
    public func string(
        _ key: String, min: Int = 0, max: Int = 1000, trimmed: Bool = true, multiline: Bool = false
    ) -> String? {
        let rule = TextRule(min: min, max: max, trimmed: trimmed, multiline: multiline)
        return required(key).flatMap { rule.read($0, at: pointer(to: key), errors) }
    }

    public func optionalString(
        _ key: String, min: Int = 0, max: Int = 1000, trimmed: Bool = true, multiline: Bool = false
    ) -> String? {
        let rule = TextRule(min: min, max: max, trimmed: trimmed, multiline: multiline)
        return optional(key).flatMap { rule.read($0, at: pointer(to: key), errors) }
    }

    // MARK: Texts that mean something else

    /// A text that `parse` converts: a date, an instant, an id. `code` and `message` say what is expected.
    public func parsed<T>(_ key: String, code: String, message: String, _ parse: (String) -> T?) -> T? {
        required(key).flatMap { parsed($0, key, code, message, parse) }
    }

    public func optionalParsed<T>(_ key: String, code: String, message: String, _ parse: (String) -> T?) -> T? {
        optional(key).flatMap { parsed($0, key, code, message, parse) }
    }

    private func parsed<T>(
        _ value: JSON, _ key: String, _ code: String, _ message: String, _ parse: (String) -> T?
    ) -> T? {
        guard case .string(let text) = value else {
            fail(key, code: "type", message: message)
            return nil
        }
        let result = parse(text)
        if result == nil { fail(key, code: code, message: message) }
        return result
    }

    // MARK: Integers

    public func int(_ key: String, in range: ClosedRange<Int>) -> Int? {
        required(key).flatMap { int($0, key, range) }
    }

    public func optionalInt(_ key: String, in range: ClosedRange<Int>) -> Int? {
        optional(key).flatMap { int($0, key, range) }
    }

    private func int(_ value: JSON, _ key: String, _ range: ClosedRange<Int>) -> Int? {
        if let value = value.int, range.contains(value) { return value }
        let message = "must be an integer from \(range.lowerBound) to \(range.upperBound)"
        guard case .number(let number) = value else {
            fail(key, code: "type", message: message)
            return nil
        }
        let code = number.integer == .fractional ? "not_an_integer" : "out_of_range"
        fail(key, code: code, message: message)
        return nil
    }

    // MARK: Flags

    public func bool(_ key: String) -> Bool? {
        required(key).flatMap { bool($0, key) }
    }

    public func optionalBool(_ key: String) -> Bool? {
        optional(key).flatMap { bool($0, key) }
    }

    private func bool(_ value: JSON, _ key: String) -> Bool? {
        if value.bool == nil { fail(key, code: "type", message: "must be true or false") }
        return value.bool
    }
}
