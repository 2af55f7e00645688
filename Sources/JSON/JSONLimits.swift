/// The limits of `JSON.parse` (RFC 8259 §9 lets a parser set limits).
public struct JSONLimits: Hashable, Sendable {
    /// How deep arrays and objects may nest. Never above 256: parsing, writing and freeing a value recurse this far.
    public let maxDepth: Int
    /// How many values a document may have, including containers.
    public let maxValues: Int

    public init(maxDepth: Int = 32, maxValues: Int = 100_000) {
        self.maxDepth = min(maxDepth, 256)
        self.maxValues = maxValues
    }
}
