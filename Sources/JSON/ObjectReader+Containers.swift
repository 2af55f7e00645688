extension ObjectReader {
    // MARK: Objects with known fields

    /// A reader of a nested object; the caller finishes it as well.
    public func reader(_ key: String) -> ObjectReader? {
        required(key).flatMap { ObjectReader($0, at: pointer(to: key), errors: errors) }
    }

    public func optionalReader(_ key: String) -> ObjectReader? {
        optional(key).flatMap { ObjectReader($0, at: pointer(to: key), errors: errors) }
    }

    /// One reader for each object of an array; other items are recorded as errors and skipped.
    public func readers(_ key: String, max: Int) -> [ObjectReader]? {
        array(key, max: max).map(readers)
    }

    public func optionalReaders(_ key: String, max: Int) -> [ObjectReader]? {
        optionalArray(key, max: max).map(readers)
    }

    private func readers(_ items: [(JSON, String)]) -> [ObjectReader] {
        items.compactMap { ObjectReader($0, at: $1, errors: errors) }
    }

    // MARK: Objects of any shape

    /// An object that is only stored, such as `metadata`; refused if a database could not store it.
    public func object(_ key: String) -> JSONObject? {
        required(key).flatMap { object($0, key) }
    }

    public func optionalObject(_ key: String) -> JSONObject? {
        optional(key).flatMap { object($0, key) }
    }

    private func object(_ value: JSON, _ key: String) -> JSONObject? {
        guard case .object(let object) = value else {
            fail(key, code: "type", message: "must be an object")
            return nil
        }
        guard let error = StorageRule.firstError(in: value) else { return object }
        errors.add(pointer(to: key) + error.pointer, code: error.code, message: error.message)
        return nil
    }

    // MARK: Arrays

    /// The items of an array with their pointers.
    public func array(_ key: String, max: Int) -> [(value: JSON, pointer: String)]? {
        required(key).flatMap { array($0, key, max) }
    }

    public func optionalArray(_ key: String, max: Int) -> [(value: JSON, pointer: String)]? {
        optional(key).flatMap { array($0, key, max) }
    }

    private func array(_ value: JSON, _ key: String, _ max: Int) -> [(value: JSON, pointer: String)]? {
        guard case .array(let items) = value else {
            fail(key, code: "type", message: "must be an array")
            return nil
        }
        guard items.count <= max else {
            fail(key, code: "too_many", message: "must have at most \(max) items")
            return nil
        }
        let pointer = pointer(to: key)
        return items.enumerated().map { ($1, JSONPointer.appending($0, to: pointer)) }
    }

    /// An array of one-line texts; nil if any item breaks the rule; each such item is recorded.
    public func strings(_ key: String, max: Int, length: ClosedRange<Int> = 0...1000) -> [String]? {
        array(key, max: max).flatMap { strings($0, length) }
    }

    public func optionalStrings(_ key: String, max: Int, length: ClosedRange<Int> = 0...1000) -> [String]? {
        optionalArray(key, max: max).flatMap { strings($0, length) }
    }

    private func strings(_ items: [(value: JSON, pointer: String)], _ length: ClosedRange<Int>) -> [String]? {
        let rule = TextRule(min: length.lowerBound, max: length.upperBound, trimmed: true, multiline: false)
        let texts = items.compactMap { rule.read($0.value, at: $0.pointer, errors) }
        return texts.count == items.count ? texts : nil
    }
}
