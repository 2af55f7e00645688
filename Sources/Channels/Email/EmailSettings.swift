public import AlmanacRuntime
import Foundation

/// `smtp.*` and `mail.from`: the mail server, and the sender. Each property's comment begins with its key.
public struct EmailSettings: Settings {
    public static let keys: Set<String> = [
        "smtp.url", "smtp.username", "smtp.password", "smtp.tls", "smtp.ca_file", "smtp.connections", "mail.from",
    ]

    public enum TLS: String, Sendable, CaseIterable {
        /// STARTTLS if the server offers it. Required with credentials.
        case auto
        case required
        /// Plain text, even with credentials.
        case off
    }

    /// `smtp.url`: `smtp://host[:port]`, or `smtps://host[:port]` for TLS from the first byte.
    public let host: String
    public let port: Int
    public let isImplicitTLS: Bool
    /// `smtp.username`, `smtp.password`; where they are unset, those in the URL.
    public let username: String?
    public let password: String?
    /// `smtp.tls`
    public let tls: TLS
    /// `smtp.ca_file`: certificates to trust, in PEM; nil for the system's.
    public let caFile: String?
    /// `smtp.connections`: the most connections at once.
    public let connections: Int
    /// `mail.from`: `address` or `Name <address>`.
    public let from: String
    public let fromName: String?

    public init(
        host: String, port: Int, isImplicitTLS: Bool = false, username: String? = nil, password: String? = nil,
        tls: TLS = .auto, caFile: String? = nil, connections: Int = 8, from: String, fromName: String? = nil
    ) {
        self.host = host
        self.port = port
        self.isImplicitTLS = isImplicitTLS
        self.username = username
        self.password = password
        self.tls = tls
        self.caFile = caFile
        self.connections = connections
        self.from = from
        self.fromName = fromName
    }

    /// Nil without `smtp.url`. The other keys are checked all the same.
    public init?(_ values: inout ConfigurationValues) {
        let server = values.parsed(
            "smtp.url", "must be smtp://host[:port] or smtps://host[:port]", secret: true, Self.server)
        let username = values.parsed("smtp.username", Self.oneLine, Self.credential)
        let password = values.parsed("smtp.password", Self.oneLine, secret: true, Self.credential)
        let tls = values.parsed("smtp.tls", "must be auto, required or off") { TLS(rawValue: $0) } ?? .auto
        let caFile = values.parsed("smtp.ca_file", "must be a file that can be read") { path in
            FileManager.default.isReadableFile(atPath: path) ? path : nil
        }
        let connections = values.int("smtp.connections", in: 1...32) ?? 8
        let from = values.parsed("mail.from", "must be an address, or Name <address>", Self.mailbox)
        guard values.text("smtp.url", secret: true) != nil else { return nil }
        if values.text("mail.from") == nil { values.fail("mail.from", "is needed when smtp.url is set") }
        guard let server, let from else { return nil }
        let hasUser = values.text("smtp.username") != nil || server.username != nil
        let hasPassword = values.text("smtp.password", secret: true) != nil || server.password != nil
        if hasUser != hasPassword {
            values.fail(hasUser ? "smtp.password" : "smtp.username", "is missing: both are needed, or none")
        }
        let user = username ?? server.username
        if server.isImplicitTLS, tls == .off { values.fail("smtp.tls", "cannot be off with smtps://") }
        // The ports of submission with TLS from the first byte (RFC 8314 §7.3), of submission (RFC 6409 §3.1), and of
        // relays.
        let usualPort = server.isImplicitTLS ? 465 : user == nil ? 25 : 587
        self.init(
            host: server.host, port: server.port ?? usualPort, isImplicitTLS: server.isImplicitTLS, username: user,
            password: password ?? server.password, tls: tls, caFile: caFile, connections: connections,
            from: from.address,
            fromName: from.name
        )
    }

    private static let oneLine = "must be 1 to 255 characters without control characters"

    private static func credential(_ text: String) -> String? {
        (1...255).contains(text.unicodeScalars.count)
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? text : nil
    }

    private struct Server {
        let host: String
        let port: Int?
        let isImplicitTLS: Bool
        let username: String?
        let password: String?
    }

    private static func server(_ text: String) -> Server? {
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
            url.path.isEmpty || url.path == "/", url.query == nil, url.fragment == nil,
            1...65_535 ~= url.port ?? 25
        else { return nil }
        // A host with other characters cannot be looked up. Percent-encoded, it could contain anything.
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), !host.contains(where: { "/\\@%?#<>".contains($0) })
        else { return nil }
        for part in [url.user, url.password].compactMap(\.self) where credential(part) == nil { return nil }
        switch url.scheme {
        case "smtp", "smtps":
            return Server(
                host: host, port: url.port, isImplicitTLS: url.scheme == "smtps", username: url.user,
                password: url.password
            )
        default: return nil
        }
    }

    /// Splits a mailbox into its address and the name in front of it.
    private static func mailbox(_ text: String) -> (address: String, name: String?)? {
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else { return nil }
        var address = Substring(text)
        var name: String?
        if text.hasSuffix(">"), let bracket = text.lastIndex(of: "<") {
            address = text[text.index(after: bracket)...].dropLast()
            let words = text[..<bracket].trimmingCharacters(in: CharacterSet(charactersIn: " \""))
            name = words.isEmpty ? nil : words
        }
        // An address that needs SMTPUTF8 could send only through servers that have it.
        guard let address = EmailAddress.normalized(String(address)),
            address.utf8.prefix(while: { $0 != UInt8(ascii: "@") }).allSatisfy({ $0 < 0x80 })
        else { return nil }
        return (address, name)
    }
}
