import Foundation

/// The address of a Redis server, and the login. Its description never shows the login.
public struct RedisAddress: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        case host(String, port: Int)
        case socket(path: String)
    }

    public struct Credential: Sendable, Hashable {
        /// Nil: the server's default user.
        public var user: String?
        public var password: String
    }

    /// An unusable URL. Never repeats the URL, which may contain a password.
    public struct Refusal: Error, Sendable, Hashable {
        public let rule: String
    }

    public var place: Place
    public var credential: Credential?
    public var database: Int

    /// Reads `redis://[user[:password]@]host[:port][/db]` or `unix://[user[:password]@]/path[?db=N]`, percent-encoded.
    public init(url text: String) throws(Refusal) {
        let scheme = text.prefix { $0 != ":" }.lowercased()
        if scheme == "rediss" {
            throw Refusal(
                rule: "is rediss://, but TLS to Redis is not available in this build: use redis:// in a private network"
            )
        }
        let shape = Refusal(rule: "must be redis://[user[:password]@]host[:port][/db] or unix:///path, percent-encoded")
        guard let url = URLComponents(string: text), url.fragment == nil else { throw shape }
        switch scheme {
        case "redis":
            guard let host = url.host, !host.isEmpty, url.query == nil,
                host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
            else { throw shape }
            let port = url.port ?? 6_379
            guard (1...65_535).contains(port) else { throw shape }
            // An IPv6 address has brackets, which the system's resolver does not accept.
            place = .host(
                host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host, port: port)
            let path = url.path.drop { $0 == "/" }
            guard url.path.isEmpty || url.path == "/" + path, let number = Self.number(path) else { throw shape }
            database = number
        case "unix":
            // The kernel has 108 bytes for a path, including the zero at its end (unix(7)).
            guard (url.host ?? "").isEmpty, url.path.hasPrefix("/"), (2...107).contains(url.path.utf8.count),
                !url.path.utf8.contains(0)
            else { throw shape }
            place = .socket(path: url.path)
            let items = url.queryItems ?? []
            guard items.allSatisfy({ $0.name == "db" }), items.count <= 1,
                let number = Self.number((items.first?.value ?? "")[...])
            else { throw shape }
            database = number
        default: throw shape
        }
        let user = url.user ?? ""
        if let password = url.password {
            credential = Credential(user: user.isEmpty ? nil : user, password: password)
        } else {
            // A user without a password (`nopass`).
            credential = user.isEmpty ? nil : Credential(user: user, password: "")
        }
    }

    private static func number(_ text: Substring) -> Int? {
        if text.isEmpty { return 0 }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), number < 65_536 else {
            return nil
        }
        return number
    }
}

extension RedisAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        switch place {
        case .host(let host, let port): (host.contains(":") ? "[\(host)]" : host) + ":\(port)/\(database)"
        case .socket(let path): "\(path) (\(database))"
        }
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
