public import JSON
public import AlmanacRuntime
public import Scheduling

/// Fields that several resources share, each with one rule.
extension ObjectReader {
    /// An e-mail address that ``EmailAddress`` accepts, without white space around it.
    public func email(_ key: String) -> String? {
        parsed(key, code: "invalid_email", message: Self.emailRule) { EmailAddress.normalized($0) }
    }

    public func optionalEmail(_ key: String) -> String? {
        optionalParsed(key, code: "invalid_email", message: Self.emailRule) { EmailAddress.normalized($0) }
    }

    public func emails(_ key: String, max: Int) -> [String]? {
        guard let items = optionalArray(key, max: max) else { return nil }
        return items.compactMap { item in
            guard let address = item.value.string.flatMap(EmailAddress.normalized) else {
                errors.add(item.pointer, code: "invalid_email", message: Self.emailRule)
                return nil
            }
            return address
        }
    }

    static let emailRule = "must be an e-mail address that can be mailed to, such as sam@example.com"

    /// A phone number that ``PhoneNumber`` accepts, as `+` and digits.
    public func optionalPhone(_ key: String) -> String? {
        optionalParsed(
            key, code: "invalid_phone", message: "must be a phone number with its country, such as +1 202 555 0100"
        ) { PhoneNumber.normalized($0) }
    }

    /// An IANA name that the installed database has.
    public func zone(_ key: String, _ zones: ZoneDatabase) -> Zone? {
        parsed(key, code: "invalid_timezone", message: Self.zoneRule) {
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

    /// A list of UUIDs; none where it is left out.
    func ids(_ key: String, max: Int) -> [ID] {
        (optionalArray(key, max: max) ?? []).compactMap { item in
            let id = item.value.string.flatMap { ID($0) }
            if id == nil { errors.add(item.pointer, code: "invalid_id", message: "must be a UUID") }
            return id
        }
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
        parsed(key, code: "invalid_value", message: Self.choices(type)) { T(named: $0) }
    }

    public func optionalChoice<T: RawRepresentable & CaseIterable>(_ key: String, _ type: T.Type) -> T?
    where T.RawValue == String {
        optionalParsed(key, code: "invalid_value", message: Self.choices(type)) { T(named: $0) }
    }

    private static func choices<T: RawRepresentable & CaseIterable>(_ type: T.Type) -> String
    where T.RawValue == String {
        "must be one of " + T.allCases.map(\.rawValue).joined(separator: ", ")
    }

    static let zoneRule = "must be an IANA time zone name of the installed database"
    static let instantRule = "must be an RFC 3339 instant with an offset, such as 2026-11-02T14:00:00Z"
}
