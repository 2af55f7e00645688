import GRDB

extension ResultCode {
    /// The code as SQLite's manual names it and in words: `SQLITE_FULL (the disk is full)`.
    var name: String {
        let primary = primaryResultCode
        let known: [(ResultCode, String)] = [
            (.SQLITE_ERROR, "SQLITE_ERROR"), (.SQLITE_INTERNAL, "SQLITE_INTERNAL"),
            (.SQLITE_PERM, "SQLITE_PERM (the file may not be used that way)"), (.SQLITE_ABORT, "SQLITE_ABORT"),
            (.SQLITE_BUSY, "SQLITE_BUSY (another process keeps it locked)"), (.SQLITE_LOCKED, "SQLITE_LOCKED"),
            (.SQLITE_NOMEM, "SQLITE_NOMEM (no memory)"),
            (.SQLITE_READONLY, "SQLITE_READONLY (the file or its folder cannot be written)"),
            (.SQLITE_INTERRUPT, "SQLITE_INTERRUPT"), (.SQLITE_IOERR, "SQLITE_IOERR (the disk does not read or write)"),
            (.SQLITE_CORRUPT, "SQLITE_CORRUPT (the file is damaged)"), (.SQLITE_NOTFOUND, "SQLITE_NOTFOUND"),
            (.SQLITE_FULL, "SQLITE_FULL (the disk is full)"),
            (.SQLITE_CANTOPEN, "SQLITE_CANTOPEN (the file, or one beside it, cannot be opened)"),
            (.SQLITE_PROTOCOL, "SQLITE_PROTOCOL (too many processes lock it)"), (.SQLITE_SCHEMA, "SQLITE_SCHEMA"),
            (.SQLITE_TOOBIG, "SQLITE_TOOBIG"), (.SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT"),
            (.SQLITE_MISMATCH, "SQLITE_MISMATCH"), (.SQLITE_MISUSE, "SQLITE_MISUSE"), (.SQLITE_NOLFS, "SQLITE_NOLFS"),
            (.SQLITE_AUTH, "SQLITE_AUTH"), (.SQLITE_RANGE, "SQLITE_RANGE"),
            (.SQLITE_NOTADB, "SQLITE_NOTADB (the file is not a database)"),
        ]
        let name = known.first { $0.0 == primary }?.1 ?? "SQLite \(primary.rawValue)"
        // The extended code says more, such as which of the many input and output errors it was.
        return self == primary ? name : "\(name), code \(rawValue)"
    }
}
