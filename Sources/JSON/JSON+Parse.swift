extension JSON {
    /// Reads one document, strictly by RFC 8259: only whitespace around it, no byte order mark, valid UTF-8, no half of
    /// a surrogate pair, no control character inside a string, no key twice in one object. Takes linear time.
    ///
    /// A collection that is not contiguous is copied first.
    public static func parse(
        _ bytes: some Collection<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONParseError) -> JSON {
        // `withContiguousStorageIfAvailable` cannot throw a typed error, so a result carries it.
        if let result = bytes.withContiguousStorageIfAvailable({ parse($0, limits) }) {
            return try result.get()
        }
        return try Array(bytes).withUnsafeBufferPointer { parse($0, limits) }.get()
    }

    private static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits
    ) -> Result<JSON, JSONParseError> {
        var parser = JSONParser(bytes, limits: limits)
        return Result { () throws(JSONParseError) in try parser.document() }
    }
}
