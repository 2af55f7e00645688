import Foundation

/// `lease.*` and `internal.*`: how nodes share one database.
public struct NodeSettings: Sendable {
    /// `lease.seconds`: how long a silent node keeps its shards.
    public let leaseSeconds: Int
    /// `internal.url`: where other nodes reach this one; nil: the address where it listens.
    public let internalURL: String?
    /// `internal.host`, `internal.port`: where it listens for other nodes.
    public let internalHost: String
    public let internalPort: Int
    /// Which key names the host: `internal.host`, or `http.host` where that is left out.
    public let internalHostKey: String

    static let keys: Set<String> = ["lease.seconds", "internal.url", "internal.host", "internal.port"]

    init(_ values: inout ConfigurationValues, host: String) {
        leaseSeconds = values.int("lease.seconds", in: 2...60) ?? 6
        let url = values.parsed("internal.url", "must be an http URL without a path or query") { text in
            URL(string: text).flatMap {
                $0.scheme == "http" && $0.host != nil && ["", "/"].contains($0.path) && $0.query == nil ? $0 : nil
            }
        }
        internalURL = url.map {
            $0.absoluteString.hasSuffix("/") ? String($0.absoluteString.dropLast()) : $0.absoluteString
        }
        let ownHost = values.text("internal.host")
        internalHost = ownHost ?? host
        internalHostKey = ownHost == nil ? "http.host" : "internal.host"
        internalPort = values.int("internal.port", in: 0...65_535) ?? url.map { $0.port ?? 80 } ?? 0
    }

    /// Where other nodes reach a listener on this port.
    public func reachableURL(port: Int) -> String {
        if let internalURL { return internalURL }
        let isAnywhere = ["0.0.0.0", "::", "[::]"].contains(internalHost)
        let host = isAnywhere ? ProcessInfo.processInfo.hostName : internalHost
        return "http://\(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host):\(port)"
    }
}
