/// `http.*`: the limits of clients, and the pages that may read answers.
public struct HTTPSettings: Sendable {
    /// `http.max_connections_per_address`: of one IPv4 address or IPv6 network of 64 bits.
    public let maxConnectionsPerAddress: Int
    /// `http.reserved_connections`: additional connections for health, metrics and the operator.
    public let reservedConnections: Int
    /// `http.trusted_proxies`: addresses that speak for many clients; only the total applies to them.
    public let trustedProxies: [AddressRange]
    public let connections: ConnectionLimits
    /// `http.cors.origins`: whose pages may read answers; see ``Origins``.
    public let corsOrigins: Origins
    /// `http.gzip_cache_bytes`: the size of the cache of compressed answers.
    public let gzipCacheBytes: Int

    static let keys = ConnectionLimits.keys.union([
        "http.max_connections_per_address", "http.reserved_connections", "http.trusted_proxies", "http.cors.origins",
        "http.gzip_cache_bytes",
    ])

    init(_ values: inout ConfigurationValues) {
        maxConnectionsPerAddress = values.int("http.max_connections_per_address", in: 1...1_000_000) ?? 512
        reservedConnections = values.int("http.reserved_connections", in: 0...10_000) ?? 32
        trustedProxies =
            values.parsed("http.trusted_proxies", "must be networks such as 127.0.0.0/8, separated by commas") {
                Self.list($0, AddressRange.init)
            } ?? ["127.0.0.0/8", "::1"].compactMap(AddressRange.init)
        connections = ConnectionLimits(&values)
        corsOrigins =
            values.parsed(
                "http.cors.origins",
                "must be * or origins such as https://app.example.com or https://*.example.com, separated by commas",
                Origins.init
            ) ?? Origins.none
        gzipCacheBytes = values.int("http.gzip_cache_bytes", in: 0...1_073_741_824) ?? 16_777_216
    }

    private static func list<T>(_ text: String, _ parse: (String) -> T?) -> [T]? {
        var items: [T] = []
        for part in Array(text.utf8).split(separator: UInt8(ascii: ",")) {
            let bytes = part.filter { $0 != 0x20 }
            guard let item = parse(String(decoding: bytes, as: UTF8.self)) else { return nil }
            items.append(item)
        }
        return items
    }
}
