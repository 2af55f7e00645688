/// A time zone: the offsets of one TZif file (RFC 8536), immutable.
///
/// Two zones are equal if they have one name and were read from the same bytes; an update of the system's
/// zone database makes a new, unequal zone.
public final class Zone: Sendable, Hashable, CustomStringConvertible {
    /// The IANA name, for example `Europe/Paris`.
    public let id: String
    /// FNV-1a (64 bits) of the file's bytes.
    public let fingerprint: UInt64
    let timeline: ZoneTimeline

    /// - Parameter tzif: a whole file of version 1, 2, 3 or 4. It may be hostile: it is either refused or usable.
    public init(id: String, tzif: [UInt8]) throws(ZoneError) {
        let file = try TZifFile(tzif)
        timeline = ZoneTimeline(
            initialOffset: file.initialOffset,
            transitions: file.transitions,
            rule: file.footer.isEmpty ? nil : try FooterRule(file.footer)
        )
        self.id = id
        fingerprint = Self.fnv1a(tzif)
    }

    private init(utcNamed id: String) {
        self.id = id
        fingerprint = Self.fnv1a("UTC0".utf8)
        timeline = ZoneTimeline(fixedOffset: 0)
    }

    /// `UTC`, which needs no file.
    public static let utc = Zone(utcNamed: "UTC")

    public var description: String { id }

    public static func == (lhs: Zone, rhs: Zone) -> Bool {
        lhs === rhs || (lhs.fingerprint == rhs.fingerprint && lhs.id.exact == rhs.id.exact)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(fingerprint)
        hasher.combine(id.exact)
    }

    private static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
