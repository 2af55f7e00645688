import SQL
import PostgresDriver
import Scheduling

extension PostgresStatement {
    /// Sets the tenants for the rest of the unit's transaction; the policies of all tables check them.
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
