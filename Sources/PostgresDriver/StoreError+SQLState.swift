import SQL

extension StoreError.Code {
    /// The meaning of the server's SQLSTATE to a caller (PostgreSQL manual, Appendix A).
    ///
    /// In each of these cases the server has undone the unit. After a lost connection that is unknown; the owner of the
    /// connection decides that case.
    init(sqlState: String) {
        switch sqlState {
        // Another transaction was first or has the lock, or it took too long.
        case "40001", "40P01", "55P03", "57014": self = .unavailable
        // The server is stopping, starting or failing over to another (25006: it is a standby now).
        case "57P01", "57P02", "57P03", "57P04", "57P05", "25006", "25P03", "25P04": self = .unavailable
        // A prepared statement is gone, or the schema has changed: prepared again, it works.
        case "26000", "0A000": self = sqlState == "26000" ? .unavailable : .statement
        // The two sides do not speak the same protocol: a defect, though its class is "connection".
        case "08P01": self = .statement
        case "XX001", "XX002": self = .corrupt
        default:
            switch sqlState.prefix(2) {
            // Connection, authorization, unknown database, resources, operator, system.
            case "08", "28", "3D", "53", "58": self = .unavailable
            case "": self = .unavailable
            default: self = .statement
            }
        }
    }
}
