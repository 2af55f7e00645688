/// Where a sealed value belongs. It opens there and nowhere else: a copy under another key, in another row or another
/// tenant's is as good as none.
///
/// It is what AES-GCM calls associated data: not part of the value, but of what vouches for it (NIST SP 800-38D).
public struct SealContext: Sendable, Hashable {
    /// Each part behind its length, so that no two places have the same bytes.
    private(set) var bytes: [UInt8]

    /// - Parameters:
    ///   - purpose: what the value is for, for instance a table and a column.
    ///   - parts: whose it is, and which of them.
    public init(_ purpose: StaticString, _ parts: some Sequence<[UInt8]>) {
        bytes = []
        purpose.withUTF8Buffer { append($0) }
        for part in parts { append(part) }
    }

    private mutating func append(_ part: some Collection<UInt8>) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: part.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: part)
    }
}
