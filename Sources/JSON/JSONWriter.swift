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
    @usableFromInline var followsValue = false

    public init(reserving capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// The bytes of an object whose members the closure writes.
    @inlinable
    public static func object(reserving capacity: Int = 256, _ members: (inout JSONWriter) throws -> Void) rethrows
        -> [UInt8]
    {
        var writer = JSONWriter(reserving: capacity)
        try writer.object(members)
        return writer.bytes
    }

    /// A writer of an object's last members, whose first ones another writes: it begins with a comma.
    public static func continuing(reserving capacity: Int = 256) -> JSONWriter {
        var writer = JSONWriter(reserving: capacity)
        writer.followsValue = true
        return writer
    }

    // MARK: Containers

    /// An object whose members the closure writes.
    @inlinable
    public mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        beginObject()
        try members(&self)
        endObject()
    }

    /// An array with one value for each item.
    @inlinable
    public mutating func array<Items: Sequence>(
        _ items: Items, _ write: (Items.Element, inout JSONWriter) throws -> Void
    ) rethrows {
        beginArray()
        for item in items { try write(item, &self) }
        endArray()
    }

    @inlinable
    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        followsValue = false
    }

    @inlinable
    public mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        followsValue = true
    }

    @inlinable
    public mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
        followsValue = false
    }

    @inlinable
    public mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        followsValue = true
    }

    /// A literal key, copied unchanged.
    @inlinable
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

    /// One string that `append` writes in place. Nothing in it may need an escape.
    @inlinable
    public mutating func plainString(_ append: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(&bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    // MARK: Members

    /// Serialized members with the commas between them.
    public mutating func members(_ members: some Collection<UInt8>) {
        if members.isEmpty { return }
        separate()
        bytes.append(contentsOf: members)
    }

    /// All members of a serialized object.
    public mutating func members(of object: [UInt8]) { members(object.dropFirst().dropLast()) }

    @inlinable
    mutating func separate() {
        if followsValue { bytes.append(UInt8(ascii: ",")) }
        followsValue = true
    }
}
