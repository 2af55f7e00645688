public import AlmanacRuntime
public import Scheduling

/// What an organization remembers of an address.
enum ContactEntry {
    case known(Contact)
    /// The id that the first booking to survive gives to this address.
    case minted(ID)
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
    /// A new address gets its id at once, before anything suspends: bookings that arrive together share it, and the
    /// first to be written writes the contact.
    public func resolve(_ booker: BookAppointment.Booker) async throws(CommandError) -> ResolvedContact {
        switch booker {
        case .known(let contactID):
            guard let contact = try await find("c.id = $2", .id(contactID)) else {
                throw .notFound(what: "contact", pointer: "/contact_id")
            }
            return ResolvedContact(contact: contact, isNew: false)
        case .given(let contact):
            let key = EmailAddress.key(contact.email)
            if let entry = contacts[key] { return use(entry, contact) }
            let found = try await find("c.email_key = $2", .text(key))
            // Another booking may have resolved this address while we looked.
            if let entry = contacts[key] { return use(entry, contact) }
            if contacts.count >= Self.maxContacts { contacts.removeAll(keepingCapacity: true) }
            let entry: ContactEntry = found.map { .known($0) } ?? .minted(contact.id)
            contacts[key] = entry
            return use(entry, contact)
        }
    }

    /// The same, after a booking found that memory was wrong.
    public func refresh(_ booker: BookAppointment.Booker) async throws(CommandError) -> ResolvedContact {
        if case .given(let contact) = booker { contacts[EmailAddress.key(contact.email)] = nil }
        return try await resolve(booker)
    }

    /// A booking with this new contact was written. Which of several bookings wrote it only the record knows.
    public func committed(_ resolved: ResolvedContact) {
        guard resolved.isNew else { return }
        let key = EmailAddress.key(resolved.contact.email)
        if case .minted(let id) = contacts[key], id == resolved.contact.id { contacts[key] = nil }
    }

    private func use(_ entry: ContactEntry, _ given: Contact) -> ResolvedContact {
        switch entry {
        case .known(let contact): return ResolvedContact(contact: contact, isNew: false)
        case .minted(let id):
            let contact = Contact(
                id: id, name: given.name, email: given.email, phone: given.phone, timezone: given.timezone,
                locale: given.locale
            )
            return ResolvedContact(contact: contact, isNew: true)
        }
    }

    private func find(_ condition: String, _ value: SQLValue) async throws(CommandError) -> Contact? {
        do {
            let rows = try await services.database.query(
                "SELECT \(Contact.columns) FROM contacts c WHERE c.organization_id = $1 AND \(condition)"
                    + " AND c.deleted_at IS NULL",
                [.id(id), value]
            )
            guard let row = rows.first else { return nil }
            return try Contact(row: row)
        } catch {
            throw .unavailable(error)
        }
    }
}
