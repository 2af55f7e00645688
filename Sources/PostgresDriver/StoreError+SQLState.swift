import SQL

extension StoreError.Code {
    /// What an SQLSTATE that the server reported means to a caller (PostgreSQL manual, Appendix A).
    ///
    /// The server has undone the unit in each of these cases. Whether one whose connection broke was undone is not known;
    /// that is decided where the connection is, not here.
    init(sqlState: String) {
        switch sqlState {
        // Somebody else was first, or holds what is needed; or it took too long.
        case "40001", "40P01", "55P03", "57014": self = .unavailable
        // The server is stopping, starting or failing over to another (25006: it is a standby now).
        case "57P01", "57P02", "57P03", "57P04", "57P05", "25006", "25P03", "25P04": self = .unavailable
        // A prepared statement is gone, or the schema has moved beneath it: prepared anew, it works.
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
