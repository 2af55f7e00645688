public import AlmanacRuntime
public import Scheduling

/// Fields that several resources share, each with its one rule.
extension ObjectReader {
    /// An addr-spec with one `@`, a dot-less or dotted domain, no spaces; at most 254 bytes (RFC 5321 §4.5.3.1.3).
    public func email(_ key: String) -> String? {
        parsed(key, code: "invalid_email", message: "must be an e-mail address") { EmailAddress.normalized($0) }
    }

    public func optionalEmail(_ key: String) -> String? {
        optionalParsed(key, code: "invalid_email", message: "must be an e-mail address") { EmailAddress.normalized($0) }
    }

    public func emails(_ key: String, max: Int) -> [String]? {
        guard let items = optionalArray(key, max: max) else { return nil }
        return items.compactMap { item in
            guard let address = item.value.string.flatMap(EmailAddress.normalized) else {
                errors.add(item.pointer, code: "invalid_email", message: "must be an e-mail address")
                return nil
            }
            return address
        }
    }

    /// An IANA name that the installed database has.
    public func zone(_ key: String, _ zones: ZoneDatabase) -> Zone? {
        parsed(key, code: "invalid_timezone", message: "must be an IANA time zone name of the installed database") {
            try? zones.zone($0)
        }
    }

    public func optionalZone(_ key: String, _ zones: ZoneDatabase) -> Zone? {
        isNull(key) || !contains(key)
            ? {
                _ = raw(key); return nil
            }() : zone(key, zones)
    }

    public func instant(_ key: String) -> Instant? {
        parsed(key, code: "invalid_instant", message: Self.instantRule) { Instant(rfc3339: $0) }
    }

    public func optionalInstant(_ key: String) -> Instant? {
        optionalParsed(key, code: "invalid_instant", message: Self.instantRule) { Instant(rfc3339: $0) }
    }

    public func date(_ key: String) -> CivilDate? {
        parsed(key, code: "invalid_date", message: "must be a date such as 2026-11-02") { CivilDate(iso: $0) }
    }

    public func id(_ key: String) -> ID? {
        parsed(key, code: "invalid_id", message: "must be a UUID") { ID($0) }
    }

    public func optionalID(_ key: String) -> ID? {
        optionalParsed(key, code: "invalid_id", message: "must be a UUID") { ID($0) }
    }

    /// A JSON object of at most 16 KiB when serialized.
    public func metadata(_ key: String) -> JSON? {
        guard let object = optionalObject(key) else { return nil }
        let json = JSON.object(object)
        guard json.serialized().count <= 16 * 1024 else {
            fail(key, code: "too_long", message: "must be at most 16 KiB as JSON")
            return nil
        }
        return json
    }

    /// One of an enumeration's raw values.
    public func choice<T: RawRepresentable & CaseIterable>(_ key: String, _ type: T.Type) -> T?
    where T.RawValue == String {
        parsed(key, code: "invalid_value", message: Self.choices(type)) { T(rawValue: $0) }
    }

    public func optionalChoice<T: RawRepresentable & CaseIterable>(_ key: String, _ type: T.Type) -> T?
    where T.RawValue == String {
        optionalParsed(key, code: "invalid_value", message: Self.choices(type)) { T(rawValue: $0) }
    }

    private static func choices<T: RawRepresentable & CaseIterable>(_ type: T.Type) -> String
    where T.RawValue == String {
        "must be one of " + T.allCases.map(\.rawValue).joined(separator: ", ")
    }

    static let instantRule = "must be an RFC 3339 instant with an offset, such as 2026-11-02T14:00:00Z"
}

/// E-mail addresses as far as a booking needs them.
public enum EmailAddress {
    /// The address without surrounding spaces; nil if it cannot be one.
    public static func normalized(_ text: String) -> String? {
        let address = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        let bytes = address.utf8
        guard bytes.count <= 254, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        guard !address.contains(where: { "<>()[],;:\\\"".contains($0) }) else { return nil }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64, !parts[1].isEmpty else { return nil }
        guard !parts[0].hasPrefix("."), !parts[0].hasSuffix("."), !parts[0].contains("..") else { return nil }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") && !$0.hasSuffix("-") }) else { return nil }
        return address
    }

    /// What two spellings of one mailbox have in common.
    public static func key(_ address: String) -> String { address.lowercased() }
}

/// Names in URLs.
public enum Slug {
    /// Lower-case letters, digits and single hyphens, at most 80.
    public static func isValid(_ text: String) -> Bool {
        guard (1...80).contains(text.utf8.count), !text.hasPrefix("-"), !text.hasSuffix("-"), !text.contains("--")
        else {
            return false
        }
        return text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
    }

    /// The slug of a name; `fallback` where nothing of it can stand in one.
    public static func from(_ name: String, fallback: String) -> String {
        var slug = ""
        for character in name.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                slug.append(character)
            } else if !slug.isEmpty, !slug.hasSuffix("-") {
                slug.append("-")
            }
            if slug.utf8.count == 72 { break }
        }
        while slug.hasSuffix("-") { slug.removeLast() }
        return slug.isEmpty ? fallback : slug
    }
}
