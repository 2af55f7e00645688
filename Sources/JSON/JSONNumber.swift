public import Scheduling

/// A number as its literal (RFC 8259 §6), so that `1.10` and 40 digits come back unchanged.
///
/// Two numbers are equal if their literals are equal: `1` is not `1.0`.
public struct JSONNumber: Hashable, Sendable {
    @Exact public private(set) var text: String

    public init(_ value: Int64) {
        text = String(value)
    }

    public init(_ value: Int) {
        text = String(value)
    }

    /// - Precondition: `value` is finite; JSON has no other numbers.
    public init(_ value: Double) {
        precondition(value.isFinite, "JSON has no infinity and no NaN")
        text = value.description
    }

    /// A literal that the parser has checked.
    init(literal: String) {
        text = literal
    }

    /// The value, if it is an integer and fits: `3.0` and `1e2` are integers, `1.5` and `1e19` are not.
    public var int: Int64? {
        guard case .exactly(let value) = integer else { return nil }
        return value
    }

    /// The nearest double, if the number is within its range.
    public var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}
