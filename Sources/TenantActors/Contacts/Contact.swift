import SQL
public import JSON
public import AlmanacRuntime
public import Scheduling

/// A person who books. An organization knows the person by e-mail address.
public struct Contact: Sendable, Equatable {
    public let id: ID
    @Exact public var name: String
    @Exact public var email: String
    @Exact public var phone: String?
    @Exact public var timezone: String?
    @Exact public var locale: String?

    /// Reads the contact of a booking. The caller creates the id.
    public static func read(_ reader: ObjectReader, id: ID, zones: ZoneDatabase) -> Contact? {
        let name = reader.string("name", min: 1, max: 200)
        let email = reader.email("email")
        let phone = reader.optionalPhone("phone")
        let timezone = reader.optionalZone("timezone", zones)?.id
        let locale = reader.optionalParsed(
            "locale", code: "invalid_locale", message: "must be a language tag such as en or pt-BR"
        ) { isLanguageTag($0) ? $0 : nil }
        reader.finish(ignoring: ["id"])
        guard let name, let email else { return nil }
        return Contact(id: id, name: name, email: email, phone: phone, timezone: timezone, locale: locale)
    }

    /// The shape of a BCP 47 tag: subtags of 1–8 letters and digits, at most 35 characters in all (RFC 5646 §4.4.1).
    static func isLanguageTag(_ text: String) -> Bool {
        guard text.utf8.count <= 35 else { return false }
        let subtags = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return (subtags.first?.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) } ?? false)
            && subtags.allSatisfy { (1...8).contains($0.count) && $0.allSatisfy(isAlphanumeric) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", id.description)
        writer.field("name", name)
        writer.field("email", email)
        writer.field("phone", phone)
        writer.field("timezone", timezone)
        writer.field("locale", locale)
        writer.endObject()
    }

    /// Columns of a look-up, in the order ``init(row:at:)`` reads them.
    static let columns = "c.id, c.name, c.email, c.phone, c.timezone, c.locale"

    init(id: ID, name: String, email: String, phone: String?, timezone: String?, locale: String?) {
        self.id = id
        self.name = name
        self.email = email
        self.phone = phone
        self.timezone = timezone
        self.locale = locale
    }

    init(row: SQLRow, at first: Int = 0) throws(StoreError) {
        self.init(
            id: try row.id(first), name: try row.text(first + 1), email: try row.text(first + 2),
            phone: try row.optional(first + 3, row.text), timezone: try row.optional(first + 4, row.text),
            locale: try row.optional(first + 5, row.text)
        )
    }
}
