import Scheduling

/// Reads a JSON object field by field, and records every error with its pointer instead of stopping at the first.
///
/// Each method returns the value, or records an error and returns nil. The `optional…` variants also return nil,
/// without an error, for a missing or null field. `finish` refuses fields that were not read. Callers continue with nil
/// and call `errors.check()` once at the end.
///
///     let body = ObjectReader(json, errors: errors)
///     let name = body?.string("name", min: 1, max: 100)
///     let minutes = body?.optionalInt("slot_duration_minutes", in: 1...1440) ?? 30
///     body?.finish()
///     try errors.check()
public final class ObjectReader {
    /// Where the object stands in the document.
    public let pointer: String
    public let errors: FieldErrors
    private let object: JSONObject
    /// For each entry of the object, whether it was read.
    private var isConsumed: [Bool]

    /// Records an error and returns nil unless `json` is an object.
    public init?(_ json: JSON, at pointer: String = "", errors: FieldErrors) {
        guard case .object(let object) = json else {
            errors.add(pointer, code: "type", message: "must be an object")
            return nil
        }
        self.pointer = pointer
        self.errors = errors
        self.object = object
        self.isConsumed = Array(repeating: false, count: object.count)
    }

    /// Whether the field exists, even as null. Does not count as reading it.
    public func contains(_ key: String) -> Bool { object.place(of: key) != nil }

    /// Whether the field exists and is null. Does not count as reading it.
    public func isNull(_ key: String) -> Bool { object[key] == .null }

    /// The unchanged field, also null; nil if it is missing.
    public func raw(_ key: String) -> JSON? {
        guard let place = object.place(of: key) else { return nil }
        isConsumed[place] = true
        return object.entries[place].value
    }

    /// The pointer of a field.
    public func pointer(to key: String) -> String { JSONPointer.appending(key, to: pointer) }

    /// Records an error of a field, for rules that only the caller knows.
    public func fail(_ key: String, code: String, message: String) {
        errors.add(pointer(to: key), code: code, message: message)
    }

    /// Records `unsupported` for each of these fields that is not null: the contract has them, but this release does
    /// not support them yet.
    public func refuse(unsupported keys: [String]) {
        for key in keys where optional(key) != nil {
            fail(key, code: "unsupported", message: "is not available in this release: leave it out")
        }
    }

    /// Records `unknown_field` for each field that was not read and is not ignored.
    public func finish(ignoring ignored: Set<String> = []) {
        for (entry, isConsumed) in zip(object.entries, isConsumed) where !isConsumed {
            if errors.isFull { return }
            // The names are ours and few; the key comes from the client.
            let key = entry.key.exact
            if ignored.contains(where: { $0.exact == key }) { continue }
            fail(entry.key, code: "unknown_field", message: "is not a known field")
        }
    }

    /// An optional field; null counts as missing.
    func optional(_ key: String) -> JSON? {
        guard let value = raw(key), value != .null else { return nil }
        return value
    }

    /// A required field.
    func required(_ key: String) -> JSON? {
        let value = optional(key)
        if value == nil { fail(key, code: "required", message: "is required") }
        return value
    }
}
