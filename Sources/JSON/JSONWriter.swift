/// Writes JSON (RFC 8259) straight into bytes, without building values first.
///
/// The writer places commas. The caller must match begins and ends, and write a key before each member.
///
///     writer.beginObject()
///     writer.field("seq", 41)
///     writer.key("slots")
///     writer.value(slots)
///     writer.endObject()
public struct JSONWriter: Sendable {
    public var bytes: [UInt8] = []
    /// Whether a value precedes: true after each value, false after `{`, `[` and a key.
    private var followsValue = false

    public init(reserving capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    // MARK: Containers

    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        followsValue = false
    }

    public mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        followsValue = true
    }

    public mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
        followsValue = false
    }

    public mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        followsValue = true
    }

    /// A literal key, copied unchanged.
    public mutating func key(_ key: StaticString) {
        assert(!key.description.utf8.contains(where: \.needsEscape), "give keys that need an escape as a String")
        separate()
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        followsValue = false
    }

    @_disfavoredOverload  // so that a literal is a StaticString
    public mutating func key(_ key: String) {
        separate()
        bytes.appendJSONString(key)
        bytes.append(UInt8(ascii: ":"))
        followsValue = false
    }

    // MARK: Values

    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    public mutating func value(_ flag: Bool) {
        separate()
        bytes.append(contentsOf: flag ? "true".utf8 : "false".utf8)
    }

    public mutating func value(_ number: Int64) {
        separate()
        bytes.appendDecimal(number)
    }

    /// The shortest text that reads back as the same double; null if it is not finite, because JSON has no such number.
    public mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        separate()
        bytes.append(contentsOf: number.description.utf8)
    }

    public mutating func value(_ text: String) {
        separate()
        bytes.appendJSONString(text)
    }

    /// One value that is serialized already.
    public mutating func raw(_ value: [UInt8]) {
        separate()
        bytes.append(contentsOf: value)
    }

    /// One value that `append` serializes in place: a timestamp needs no text of its own.
    @inlinable
    public mutating func raw(_ append: (inout [UInt8]) -> Void) {
        separate()
        append(&bytes)
    }

    @usableFromInline
    mutating func separate() {
        if followsValue { bytes.append(UInt8(ascii: ",")) }
        followsValue = true
    }
}
