extension JSON {
    /// The shortest form (RFC 8259): no whitespace, numbers as their literals, only necessary escapes.
    public func serialized() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    public func append(to bytes: inout [UInt8]) {
        var writer = JSONWriter(reserving: 0)
        swap(&writer.bytes, &bytes)
        writer.value(self)
        swap(&writer.bytes, &bytes)
    }

    public var text: String {
        String(decoding: serialized(), as: UTF8.self)
    }
}
