/// The parameters of a query as they were sent, in their order (RFC 3986 §3.4). A plus sign is itself: it stands in
/// the offsets of instants.
struct QueryString: Sendable {
    struct Parameter: Sendable {
        let name: String
        let value: String
        /// Whether name and value are percent-encoded UTF-8.
        let isSound: Bool
    }

    let parameters: [Parameter]

    /// - Parameter query: what follows the question mark, or nil. Takes linear time.
    init(_ query: String?) {
        let parts = (query ?? "").utf8.split(separator: UInt8(ascii: "&"))
        parameters = parts.map { part in
            let sides = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (Self.decoded(sides[0]), sides.count > 1 ? Self.decoded(sides[1]) : "")
            return Parameter(name: name ?? "", value: value ?? "", isSound: name != nil && value != nil)
        }
    }

    /// Nil for an escape that is none, and for bytes that are no UTF-8.
    private static func decoded(_ text: Substring.UTF8View) -> String? {
        guard text.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
