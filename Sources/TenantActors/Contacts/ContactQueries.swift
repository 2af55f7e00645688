import SQL
import AlmanacRuntime
import Scheduling

/// Reads of contacts, straight from the record.
struct ContactQueries: Sendable {
    private let database: any Database

    init(_ database: any Database) { self.database = database }

    /// An organization's contact; nil if it has none with this id.
    ///
    /// The code checks tenant and deletion in the row: as conditions, they would let indexes other than that of ids
    /// serve.
    func find(_ id: ID, _ organization: ID) async throws(CommandError) -> Contact? {
        do {
            let rows = try await database.query(
                "SELECT \(Contact.columns), c.organization_id, c.deleted_at FROM contacts c WHERE c.id = $1",
                [.id(id)], for: organization
            )
            guard let row = rows.first, try row.id(6) == organization, row.isNull(7) else { return nil }
            return try Contact(row: row)
        } catch {
            throw .unavailable(error)
        }
    }
}
