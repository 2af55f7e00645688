import SQL
import AlmanacRuntime
import Scheduling

/// Rows of contacts, as bookings write them. A new address gets a new contact; an existing contact keeps its values. No
/// read comes before: the statement itself finds out.
enum ContactWrites {
    /// Writes nothing if the organization knows the address already.
    static let insert = WriteKind(
        "contact.insert", phase: .contacts,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("name", .text), .init("email", .text),
            .init("email_key", .text), .init("phone", .text), .init("timezone", .text), .init("locale", .text),
            .init("created_at", .instant),
        ],
        expects: .any, lockOrder: [1, 4],
        sql: """
            INSERT INTO contacts
                (id, organization_id, name, email, email_key, phone, timezone, locale, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
            ON CONFLICT DO NOTHING
            """
    )

    /// Fills the contact's empty fields from the booking.
    ///
    /// Works row by row. In a join with many rows, PostgreSQL could read contacts by the organizations of row security
    /// instead of by address.
    static let fill = WriteKind(
        "contact.fill", phase: .contacts,
        columns: [
            .init("address", .text), .init("phone", .text), .init("timezone", .text), .init("locale", .text),
            .init("updated_at", .instant),
        ],
        expects: .any, lockOrder: [0], isSingle: true,
        sql: """
            UPDATE contacts SET phone = COALESCE(phone, $2), timezone = COALESCE(timezone, $3),
                locale = COALESCE(locale, $4), updated_at = $5
            WHERE address = $1 AND deleted_at IS NULL AND (phone IS NULL AND $2 IS NOT NULL
                OR timezone IS NULL AND $3 IS NOT NULL OR locale IS NULL AND $4 IS NOT NULL)
            """
    )

    /// Finds or creates the organization's contact, and fills its empty fields.
    static func offer(_ contact: Contact, organization: ID, at now: Instant) -> [WriteRow] {
        let row = insert.row([
            .id(contact.id), .id(organization), .text(contact.name), .text(contact.email),
            .text(EmailAddress.key(contact.email)), .text(contact.phone), .text(contact.timezone),
            .text(contact.locale), .instant(now),
        ])
        guard contact.phone != nil || contact.timezone != nil || contact.locale != nil else { return [row] }
        let filling = fill.row([
            .text(address(contact.email, of: organization)), .text(contact.phone), .text(contact.timezone),
            .text(contact.locale), .instant(now),
        ])
        return [row, filling]
    }

    /// The value of `contacts.address` for an address of an organization: the one key by which contacts are looked up.
    static func address(_ email: String, of organization: ID) -> String {
        let digits = organization.description.utf8.filter { $0 != UInt8(ascii: "-") }
        return "\(String(decoding: digits, as: UTF8.self)) \(EmailAddress.key(email))"
    }
}
