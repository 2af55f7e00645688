import JSON
import AlmanacRuntime
import Hummingbird

/// Which parameters a route's query may have. Each route says so where it is registered.
struct QueryRule: Sendable, ExpressibleByArrayLiteral {
    /// At most 64.
    let names: [String]

    init(arrayLiteral names: String...) { self.names = names }

    private init(names: [String]) { self.names = names }

    static let none: QueryRule = []
    /// Of a list that is read page by page.
    static let page: QueryRule = ["limit", "cursor"]

    /// Those of a list that can be narrowed down.
    static func page(and filters: String...) -> QueryRule { QueryRule(names: ["limit", "cursor"] + filters) }

    /// How much of an unknown name is looked at and said again.
    private static let shownBytes = 64

    /// What is wrong with the names and the encoding of a query, each name once.
    func errors(of request: Request) -> [FieldError] {
        guard var query = request.uri.query, !query.utf8.isEmpty else { return [] }
        return query.withUTF8 { Self.isPlain($0, names) } ? [] : Self.errors(of: query, names)
    }

    /// Whether there is nothing to say, as for nearly all requests: known names, each once, plain escapes.
    private static func isPlain(_ query: UnsafeBufferPointer<UInt8>, _ names: [String]) -> Bool {
        var seen: UInt64 = 0
        for part in query.split(separator: UInt8(ascii: "&")) {
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            guard let index = names.firstIndex(where: { $0.utf8.elementsEqual(name) }) else { return false }
            guard index < 64, seen & 1 << UInt64(index) == 0 else { return false }
            seen |= 1 << UInt64(index)
        }
        var place = 0
        while place < query.count {
            if query[place] == UInt8(ascii: "%") {
                guard place + 2 < query.count, isASCII(query[place + 1]), isHex(query[place + 2]) else { return false }
                place += 2
            }
            place += 1
        }
        return true
    }

    /// Whether a byte may be the first of two hexadecimal digits that say an ASCII character.
    private static func isASCII(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "7") ~= byte }

    private static func isHex(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte | 0x20
    }

    private static func errors(of query: String, _ names: [String]) -> [FieldError] {
        let errors = FieldErrors()
        var given: [[UInt8]: Int] = [:]
        for parameter in QueryString(query).parameters {
            // An answer that says a hundred things says enough.
            if errors.all.count == FieldErrors.maxCount { break }
            let name = shown(parameter.name)
            let pointer = JSONPointer.appending(name, to: "")
            guard parameter.isSound else {
                errors.add(pointer, code: "invalid_encoding", message: "must be percent-encoded UTF-8")
                continue
            }
            let bytes = Array(parameter.name.utf8)
            let count = given[bytes, default: 0]
            given[bytes] = count + 1
            if names.contains(where: { $0.utf8.elementsEqual(bytes) }) {
                if count == 1 { errors.add(pointer, code: "duplicate", message: "must be given once") }
                continue
            }
            if count > 0 { continue }
            let hint = Spelling.nearest(to: name, among: names).map { "; the nearest is \($0)" }
            errors.add(
                pointer, code: "unknown_parameter",
                message: "is not a parameter of this address\(hint ?? ", which has none")"
            )
        }
        return errors.all
    }

    private static func shown(_ name: String) -> String {
        name.utf8.count <= shownBytes ? name : String(decoding: name.utf8.prefix(shownBytes), as: UTF8.self)
    }
}
