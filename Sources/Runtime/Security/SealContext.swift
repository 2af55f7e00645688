/// Where a sealed value belongs. It opens only there: a copy under another key, in another row or of another tenant
/// counts as absent.
///
/// AES-GCM calls this associated data: it is authenticated but not part of the value (NIST SP 800-38D).
public struct SealContext: Sendable, Hashable {
    /// Each part follows its length, so that no two places have the same bytes.
    private(set) var bytes: [UInt8]

    /// - Parameters:
    ///   - purpose: what the value is for, for instance a table and a column.
    ///   - parts: the owner of the value, and which of the owner's values it is.
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
