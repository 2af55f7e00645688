import AlmanacRuntime
import Scheduling

/// What an organization remembers of an address.
enum ContactEntry {
    case known(Contact)
    /// What the first booking to be written writes, and how many bookings under way share it.
    case minted(Contact, users: Int)
}

/// A contact as a booking uses it.
public struct ResolvedContact: Sendable {
    public let contact: Contact
    /// Whether the booking has to write the contact too.
    public let isNew: Bool
}

extension OrganizationActor {
    /// Past this many remembered addresses memory starts over.
    private static let maxContacts = 4_096

    /// The contact of a booking, from memory if the address was seen before.
    ///
    /// A new address gets its contact at once, before anything suspends: bookings that arrive together share it, and
    /// the first to be written writes it.
    public func resolve(_ booker: BookAppointment.Booker) async throws(CommandError) -> ResolvedContact {
        switch booker {
        case .known(let contactID):
            guard let contact = try await find("c.id = $2", .id(contactID)) else {
                throw .notFound(what: "contact", pointer: "/contact_id")
            }
            return ResolvedContact(contact: contact, isNew: false)
        case .given(let contact):
            let key = EmailAddress.key(contact.email)
            if let resolved = use(key) { return resolved }
            let found = try await find("c.email_key = $2", .text(key))
            // Another booking may have resolved this address while we looked.
            if let resolved = use(key) { return resolved }
            if contacts.count >= Self.maxContacts { contacts.removeAll(keepingCapacity: true) }
            contacts[key] = found.map { .known($0) } ?? .minted(contact, users: 0)
            return use(key) ?? ResolvedContact(contact: found ?? contact, isNew: found == nil)
        }
    }

    /// A booking with a new contact has ended, well or not. The last of those that shared it takes it out of memory:
    /// the next one reads what was written.
    public func finished(_ resolved: ResolvedContact) {
        let key = EmailAddress.key(resolved.contact.email)
        guard case .minted(let contact, let users) = contacts[key], contact.id == resolved.contact.id else { return }
        contacts[key] = users > 1 ? .minted(contact, users: users - 1) : nil
    }

    /// A booking found that memory was wrong.
    public func forget(_ resolved: ResolvedContact) { contacts[EmailAddress.key(resolved.contact.email)] = nil }

    private func use(_ key: String) -> ResolvedContact? {
        switch contacts[key] {
        case .known(let contact): return ResolvedContact(contact: contact, isNew: false)
        case .minted(let contact, let users):
            contacts[key] = .minted(contact, users: users + 1)
            return ResolvedContact(contact: contact, isNew: true)
        case nil: return nil
        }
    }

    private func find(_ condition: String, _ value: SQLValue) async throws(CommandError) -> Contact? {
        do {
            let rows = try await services.database.query(
                "SELECT \(Contact.columns) FROM contacts c WHERE c.organization_id = $1 AND \(condition)"
                    + " AND c.deleted_at IS NULL",
                [.id(id), value], for: id
            )
            guard let row = rows.first else { return nil }
            return try Contact(row: row)
        } catch {
            throw .unavailable(error)
        }
    }
}
