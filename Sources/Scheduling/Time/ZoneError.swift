/// Why a time zone cannot be used.
public struct ZoneError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The name is not one that the IANA database could hold. Use names such as `Europe/Paris`.
        case invalidName = "invalid_name"
        /// This machine's zone database has no such file. Check the spelling (case counts), or update tzdata.
        case unknownZone = "unknown_zone"
        /// The file exists but cannot be read. Check its permissions.
        case unreadable
        /// The file does not start as TZif, or breaks RFC 8536 §3. Reinstall tzdata.
        case malformed
        /// The file ends too early. An update may be in progress: try again.
        case truncated
        /// A TZif version after 4. Update Almanac.
        case unsupportedVersion = "unsupported_version"
        /// The file counts leap seconds (`right/`). Use the ordinary zone of that name.
        case leapSeconds = "leap_seconds"
        /// The POSIX TZ string at the end of the file breaks RFC 8536 §3.3. Reinstall tzdata.
        case malformedFooter = "malformed_footer"
    }

    public let code: Code
    /// What was wrong, for logs; holds no user data but a zone's name.
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "zone \(code.rawValue): \(detail)" }
}
