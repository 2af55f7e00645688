import SQL
import PostgresDriver
import Scheduling

extension PostgresStatement {
    /// Says for whom the rest of the unit's transaction reads and writes; the policies of all tables ask for it.
    static let tenants = PostgresStatement(
        "tenants", "SELECT set_config('almanac.organizations', $1, true)", [.one(.text)]
    )
}

extension [PostgresParameter] {
    /// The organizations as an array in PostgreSQL's own notation, each once and in one order.
    static func tenants(_ organizations: Set<ID>) -> [PostgresParameter] {
        let list = organizations.sorted().map(\.description).joined(separator: ",")
        return [.one(.text("{\(list)}"))]
    }
}
