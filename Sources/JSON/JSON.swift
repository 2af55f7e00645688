import Scheduling

/// One JSON value (RFC 8259).
///
/// Objects keep the order of their keys and numbers keep their literal, so that a client's values come back unchanged.
/// Equality is that of the data model: texts are compared byte by byte, never by canonical equivalence (§8.3), and the
/// order of keys does not count (§4).
///
/// Parsed values are at most `JSONLimits.maxDepth` deep, which bounds every recursion over them.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON {
    /// The member with this key, if this is an object that has one.
    public subscript(key: String) -> JSON? { object?[key] }

    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The value of a number that is an integer (`3.0` and `3e0` are) and fits.
    public var int: Int? {
        guard case .number(let number) = self else { return nil }
        return number.int.flatMap(Int.init(exactly:))
    }

    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var array: [JSON]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    public var object: JSONObject? {
        guard case .object(let object) = self else { return nil }
        return object
    }
}

extension JSON: Hashable {
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): ExactText(left) == ExactText(right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .number(let number): hasher.combine(number)
        case .string(let text): hasher.combine(ExactText(text))
        case .array(let items): hasher.combine(items)
        case .object(let object): hasher.combine(object)
        }
    }
}
