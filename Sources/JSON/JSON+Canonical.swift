extension JSON {
    /// The one spelling of all texts that mean this value, itself JSON: members in the order of their keys' bytes, no
    /// white space, only the necessary escapes, numbers as their significant digits and a power of ten (after RFC 8785,
    /// which uses doubles and would make large integers equal).
    ///
    /// `1`, `1.0` and `10e-1` are one number, `0` and `-0` are one; exponents beyond ±10¹² count as equal. Takes n log
    /// n time for n members, and recurses as deep as the value.
    public func canonical() -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        Self.write(self, to: &writer)
        return writer.bytes
    }

    /// Whether two documents mean the same, in whatever spelling. A text that is no JSON equals only itself.
    public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        if left == right { return true }
        guard let left = try? parse(left), let right = try? parse(right) else { return false }
        return left.canonical() == right.canonical()
    }

    private static func write(_ value: JSON, to writer: inout JSONWriter) {
        switch value {
        case .null, .bool, .string: writer.value(value)
        case .number(let number): writer.raw(number.canonical)
        case .array(let items):
            writer.beginArray()
            for item in items { write(item, to: &writer) }
            writer.endArray()
        case .object(let object):
            writer.beginObject()
            for entry in object.entries.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                writer.key(entry.key)
                write(entry.value, to: &writer)
            }
            writer.endObject()
        }
    }
}
