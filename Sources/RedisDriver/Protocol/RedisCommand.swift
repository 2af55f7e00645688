/// A command and its arguments, in one block of memory.
public struct RedisCommand: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where each argument ends in `bytes`.
    private(set) var ends: [Int] = []

    public init(_ words: String...) { for word in words { add(word) } }

    public mutating func add(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }

    public mutating func add(_ value: [UInt8]) {
        bytes.append(contentsOf: value)
        ends.append(bytes.count)
    }

    /// One argument of two parts.
    mutating func add(_ prefix: StaticString, _ text: String) {
        prefix.withUTF8Buffer { bytes.append(contentsOf: $0) }
        add(text)
    }
}
