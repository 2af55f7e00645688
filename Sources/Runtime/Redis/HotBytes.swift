/// Reads the bytes of hot state; nil if they do not match.
struct HotBytes {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }
    /// What has not been read.
    var remainder: [UInt8] { Array(rest) }

    mutating func byte() -> UInt8? { rest.popFirst() }

    private mutating func big<T: FixedWidthInteger>(_ type: T.Type) -> T? {
        let size = MemoryLayout<T>.size
        guard rest.count >= size else { return nil }
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
    }

    /// A count, or a length.
    mutating func number() -> Int? { big(UInt32.self).map(Int.init) }

    mutating func version() -> HotVersion? {
        guard let epoch = big(Int64.self), let seq = big(Int64.self) else { return nil }
        return HotVersion(epoch: epoch, seq: seq)
    }

    mutating func block() -> [UInt8]? {
        guard let count = number(), rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func text() -> String? { block().flatMap { String(validating: $0, as: UTF8.self) } }
}
