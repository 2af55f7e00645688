public import Scheduling

/// An id in an event's payload that is known only when the change's rows are written, because an insert may find an
/// existing row.
///
/// The payload has a stand-in, which the write replaces with the found id; ``CommitOutcome/committed(seq:found:)``
/// returns it. So no earlier read is needed.
public struct FoundID: Sendable {
    public let lookup: IDLookup
    /// Minted for this event: no other part of the payload can be the same text.
    public let standIn: ID

    public init(_ lookup: IDLookup, standIn: ID) {
        self.lookup = lookup
        self.standIn = standIn
    }

    /// `payload` with every stand-in replaced by `found`.
    public func putting(_ found: ID, into payload: [UInt8]) -> [UInt8] {
        if found == standIn { return payload }
        let wanted = Array(standIn.description.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(payload.count)
        var place = 0
        while place < payload.count {
            if payload[place] == wanted[0], payload.count - place >= wanted.count,
                payload[place..<place + wanted.count].elementsEqual(wanted)
            {
                result += found.description.utf8
                place += wanted.count
            } else {
                result.append(payload[place])
                place += 1
            }
        }
        return result
    }
}

/// Where a write finds an id: one value for the event's subject, `$1`. Declared where the rows' meaning is known.
public struct IDLookup: Sendable, Hashable {
    /// The name in errors.
    public let name: String
    public let sql: String
    /// The same with `?1`, as SQLite spells it.
    let positionalSQL: String

    public init(_ name: String, sql: String) {
        self.name = name
        self.sql = sql
        positionalSQL = SQLiteStatement.positional(sql)
    }

    public static func == (left: IDLookup, right: IDLookup) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
