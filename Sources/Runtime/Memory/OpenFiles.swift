#if canImport(Glibc)
import Glibc
#endif

/// How many files and sockets the process may have open (getrlimit(2), RLIMIT_NOFILE).
///
/// A process without a free descriptor cannot answer anybody, and the libraries beneath it may end it. So connections
/// leave room for the rest.
public enum OpenFiles {
    /// What is kept for the database, the node's own connections, libraries, and connections that are being refused.
    static let own = 192

    /// Raises the limit as far as the system allows, up to what so many connections need. Returns how many connections
    /// there is room for: `wanted`, or less.
    public static func makeRoom(forConnections wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        let needed = rlim_t(wanted + own)
        if limit.rlim_cur < needed {
            limit.rlim_cur = min(needed, limit.rlim_max)
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        }
        return room(forConnections: wanted, limit: UInt64(limit.rlim_cur))
    }

    /// At least one: a server that can take nobody is of no use.
    static func room(forConnections wanted: Int, limit: UInt64) -> Int {
        let free = limit > UInt64(own) ? limit - UInt64(own) : 1
        return free < UInt64(wanted) ? max(1, Int(free)) : wanted
    }
}
