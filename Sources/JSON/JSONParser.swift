/// A recursive-descent parser (RFC 8259), as deep as `JSONLimits.maxDepth`.
///
/// Memory safety: input is read through `current`, which is 0 past the end, and sliced only up to `position`, which
/// moves only over bytes that `current` has seen. No rule of the grammar accepts a 0, so each stops there.
struct JSONParser {
    let input: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var position = 0
    private var values = 0

    init(_ input: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.input = input
        self.limits = limits
    }

    var current: UInt8 {
        position < input.count ? input[position] : 0
    }

    mutating func document() throws(JSONParseError) -> JSON {
        if input.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw malformed("a byte order mark is not allowed")
        }
        let value = try value(depth: 0)
        skipWhitespace()
        guard position == input.count else { throw malformed("expected the end of the document") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONParseError) -> JSON {
        skipWhitespace()
        values += 1
        if values > limits.maxValues {
            throw JSONParseError(.tooManyValues, at: position, "more than \(limits.maxValues) values")
        }
        switch current {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw malformed("expected a value")
        }
    }

    // MARK: Containers

    private mutating func array(depth: Int) throws(JSONParseError) -> [JSON] {
        try open(depth)
        var items: [JSON] = []
        if close(UInt8(ascii: "]")) { return items }
        while true {
            do throws(JSONParseError) {
                items.append(try value(depth: depth))
            } catch {
                throw error.inside(String(items.count))
            }
            if close(UInt8(ascii: "]")) { return items }
            guard current == UInt8(ascii: ",") else { throw malformed("expected a comma or ]") }
            position += 1
        }
    }

    private mutating func object(depth: Int) throws(JSONParseError) -> JSONObject {
        try open(depth)
        var object = JSONObject()
        if close(UInt8(ascii: "}")) { return object }
        while true {
            let key = try key(of: object)
            do throws(JSONParseError) {
                object.append(key, try value(depth: depth))
            } catch {
                throw error.inside(key)
            }
            if close(UInt8(ascii: "}")) { return object }
            guard current == UInt8(ascii: ",") else { throw malformed("expected a comma or }") }
            position += 1
        }
    }

    /// A key that `object` does not have yet, and its colon.
    private mutating func key(of object: JSONObject) throws(JSONParseError) -> String {
        skipWhitespace()
        let start = position
        guard current == UInt8(ascii: "\"") else { throw malformed("expected a key in quotes") }
        let key = try string()
        guard object.place(of: key) == nil else {
            throw JSONParseError(.duplicateKey, at: start, "a key that the object already has").inside(key)
        }
        skipWhitespace()
        guard current == UInt8(ascii: ":") else { throw malformed("expected a colon") }
        position += 1
        return key
    }

    private mutating func open(_ depth: Int) throws(JSONParseError) {
        guard depth <= limits.maxDepth else {
            throw JSONParseError(.depth, at: position, "nested deeper than \(limits.maxDepth)")
        }
        position += 1
    }

    private mutating func close(_ bracket: UInt8) -> Bool {
        skipWhitespace()
        guard current == bracket else { return false }
        position += 1
        return true
    }

    // MARK: Tokens

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private mutating func number() throws(JSONParseError) -> JSONNumber {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if current == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if current | 0x20 == UInt8(ascii: "e") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return JSONNumber(literal: String(decoding: input[start..<position], as: UTF8.self))
    }

    private mutating func digits() throws(JSONParseError) {
        let start = position
        while current >= UInt8(ascii: "0") && current <= UInt8(ascii: "9") { position += 1 }
        guard position > start else { throw malformed("expected a digit") }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONParseError) -> JSON {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard current == word.utf8Start[offset] else {
                throw JSONParseError(.malformed, at: start, "expected a value")
            }
            position += 1
        }
        return value
    }

    private mutating func skipWhitespace() {
        while current == 0x20 || current == 0x0A || current == 0x0D || current == 0x09 { position += 1 }
    }

    func malformed(_ reason: String) -> JSONParseError {
        let reason = position < input.count ? reason : reason + ", found the end of the document"
        return JSONParseError(.malformed, at: position, reason)
    }
}
