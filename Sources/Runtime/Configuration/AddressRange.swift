import Glibc

/// A network of IP addresses, as `10.1.0.0/16` or `2001:db8::/32`; one address alone is a network too.
public struct AddressRange: Sendable, Hashable {
    private let bytes: [UInt8]
    private let bits: Int

    /// Nil if the text names no network.
    public init?(_ text: String) {
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, (2...45).contains(first.count) else { return nil }
        let address = String(decoding: first, as: UTF8.self)
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 {
            bytes = Array(bytes.prefix(4))
        } else if inet_pton(AF_INET6, address, &bytes) != 1 {
            return nil
        }
        var bits = bytes.count * 8
        if parts.count == 2 {
            guard parts[1].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let given = Int(String(decoding: parts[1], as: UTF8.self)), given <= bits
            else { return nil }
            bits = given
        }
        self.bytes = bytes
        self.bits = bits
    }

    /// - Parameter address: 4 or 16 bytes in network order.
    public func contains(_ address: [UInt8]) -> Bool {
        guard address.count == bytes.count else { return false }
        let whole = bits / 8
        guard address.prefix(whole).elementsEqual(bytes.prefix(whole)) else { return false }
        let rest = bits % 8
        return rest == 0 || (address[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
    }
}
