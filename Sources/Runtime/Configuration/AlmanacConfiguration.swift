import Configuration
import Foundation
public import Logging

/// Everything an installation can set. Each key is in `config/almanac.yaml` with its meaning, and in the environment as
/// `ALMANAC_` and the key in capitals (`http.port` → `ALMANAC_HTTP_PORT`), which wins.
public struct AlmanacConfiguration: Sendable {
    public enum DatabaseLocation: Sendable, Equatable {
        case sqlite(path: String)
        /// A libpq URL, TLS options included.
        case postgres(url: String)
    }

    public struct JWT: Sendable {
        public let secret: String
        public let issuer: String?
        public let audience: String?
    }

    /// `http.host`, `http.port` (0 picks a free one).
    public let host: String
    public let port: Int
    /// `http.max_body_bytes`: a larger request body is 413.
    public let maxBodyBytes: Int
    /// `http.max_connections`: the most open connections, without the reserve.
    public let maxConnections: Int
    public let http: HTTPSettings
    /// `database.url`
    public let database: DatabaseLocation
    /// `operator.token`: the credential of `/platform/*`; without it those routes answer 401.
    public let operatorToken: String?
    /// `jwt.secret`, `jwt.issuer`, `jwt.audience`; without a secret no JWT is accepted.
    public let jwt: JWT?
    /// `encryption.key`; without it a key is made once and kept beside a SQLite database.
    public let encryptionKey: [UInt8]?
    /// `public.url`: where clients reach this server; `seed` prints it.
    public let publicURL: String
    /// `log.level`
    public let logLevel: Logger.Level
    /// `log.format`
    public let logFormat: LogFormat
    /// `log.messages`: whether the log, without a mail server, shows each message that is not sent.
    public let logsMessages: Bool
    /// `node.id`: in each log line.
    public let nodeID: String
    /// `actors.max`: the most calendars, and the most organizations, in memory at once.
    public let maxActors: Int
    /// `commit.max_batch`: the most changes in one transaction.
    public let maxBatch: Int
    /// `commit.max_queued`: past this many waiting changes, new ones are refused with 503.
    public let maxQueued: Int
    /// `rate.limits`: nil if unset. Without effect in this release.
    public let limitsRates: Bool?
    /// Settings without effect in this release.
    public let unbuilt: [String]
    public let deliveries: DeliverySettings
    public let holds: HoldSettings
    public let realtime: RealtimeSettings
    public let nodes: NodeSettings
    public let redis: RedisSettings
    public let zones: ZoneSettings
    public let work: WorkSettings
    /// The settings of parts that own their keys, if configured.
    private let parts: [any Settings]

    /// Every key except those of other parts; see ``Settings``.
    static let keys: Set<String> = [
        HTTPSettings.keys, DeliverySettings.keys, HoldSettings.keys, RealtimeSettings.keys, NodeSettings.keys,
        RedisSettings.keys, ZoneSettings.keys, WorkSettings.keys, ownKeys,
    ].reduce(into: []) { $0.formUnion($1) }

    private static let ownKeys: Set<String> = [
        "http.host", "http.port", "http.max_body_bytes", "http.max_connections", "database.url", "operator.token",
        "jwt.secret", "jwt.issuer", "jwt.audience", "encryption.key", "public.url", "log.level", "log.format",
        "log.messages", "node.id", "rate.limits",
        "actors.max", "commit.max_batch", "commit.max_queued",
    ]

    /// Reads and checks every key; throws all errors at once.
    ///
    /// - Parameters:
    ///   - parts: the parts of the server whose settings are read too.
    ///   - places: the place of each key in a file.
    ///   - unbuilt: settings without effect in this release.
    ///   - errors: errors that are already known.
    init(
        reader: ConfigReader, parts: [any Settings.Type], places: [String: String] = [:], unbuilt: [String] = [],
        errors: [String] = []
    ) throws(ConfigurationError) {
        var values = ConfigurationValues(reader, places: places, errors: errors)
        limitsRates = values.parsed("rate.limits", "must be on or off") { ["on": true, "off": false][$0] }
        host = values.text("http.host") ?? "127.0.0.1"
        port = values.int("http.port", in: 0...65_535) ?? 8080
        maxBodyBytes = values.int("http.max_body_bytes", in: 1_024...1_073_741_824) ?? 1_048_576
        maxConnections = values.int("http.max_connections", in: 1...1_000_000) ?? 8_192
        http = HTTPSettings(&values)
        database =
            values.parsed("database.url", "must be sqlite://PATH or postgres://…", secret: true, Self.location)
            ?? .sqlite(path: "data/almanac.db")
        operatorToken = values.text("operator.token", secret: true)
        let secret = values.parsed("jwt.secret", "must have at least 32 bytes", secret: true) {
            $0.utf8.count >= 32 ? $0 : nil
        }
        let issuer = values.text("jwt.issuer")
        let audience = values.text("jwt.audience")
        jwt = secret.map { JWT(secret: $0, issuer: issuer, audience: audience) }
        encryptionKey = values.parsed("encryption.key", "must be 32 bytes in base64", secret: true) { text in
            Data(base64Encoded: text).flatMap { $0.count == 32 ? [UInt8]($0) : nil }
        }
        publicURL =
            values.parsed("public.url", "must be an http or https URL without a query", Self.url)
            ?? "http://\(host):\(port)"
        logLevel =
            values.parsed(
                "log.level", "must be one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            ) { Logger.Level(rawValue: $0) } ?? .info
        logFormat = values.parsed("log.format", "must be text or json") { LogFormat(rawValue: $0) } ?? .text
        logsMessages =
            values.parsed("log.messages", "must be true or false") { ["true": true, "false": false][$0] } ?? true
        nodeID =
            values.parsed("node.id", "must be 1 to 100 letters, digits, dots, colons, hyphens") { text in
                (1...100).contains(text.utf8.count)
                    && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".:-_".contains($0)) }
                    ? text : nil
            } ?? "\(host):\(port)"
        maxActors = values.int("actors.max", in: 1...10_000_000) ?? 50_000
        maxBatch = values.int("commit.max_batch", in: 1...10_000) ?? 256
        maxQueued = values.int("commit.max_queued", in: 256...1_000_000) ?? 8_192
        deliveries = DeliverySettings(&values)
        holds = HoldSettings(&values)
        realtime = RealtimeSettings(&values)
        nodes = NodeSettings(&values, host: host)
        redis = RedisSettings(&values)
        zones = ZoneSettings(&values)
        work = WorkSettings(&values)
        self.parts = parts.compactMap { $0.init(&values) }
        if case .postgres = database, encryptionKey == nil {
            values.fail("encryption.key", "must be set with PostgreSQL: there is no file to keep it beside")
        }
        if !values.errors.isEmpty { throw ConfigurationError(errors: values.errors) }
        // Rates are not limited yet; a server that is asked to do so says so.
        self.unbuilt =
            unbuilt + (limitsRates == true ? ["rate.limits (\(EnvironmentNames.variable(of: "rate.limits")))"] : [])
    }

    /// The settings of a part; nil if it is not configured.
    public func settings<Part: Settings>(_: Part.Type) -> Part? { parts.lazy.compactMap { $0 as? Part }.first }

    private static func location(_ text: String) -> DatabaseLocation? {
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") { return .postgres(url: text) }
        guard text.hasPrefix("sqlite://") else { return nil }
        let path = String(text.dropFirst("sqlite://".count))
        return path.isEmpty ? nil : .sqlite(path: path)
    }

    private static func url(_ text: String) -> String? {
        guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme), url.host != nil,
            url.query == nil, url.fragment == nil
        else { return nil }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}

/// The errors of a configuration, each with its key.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public let errors: [String]

    public init(errors: [String]) { self.errors = errors }

    public var description: String { errors.joined(separator: "\n") }
}
