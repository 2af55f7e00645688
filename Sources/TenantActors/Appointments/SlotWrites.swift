import SQL
import AlmanacRuntime
import Scheduling

/// Rows of `time_slots`: who has which time.
enum SlotWrites {
    /// Takes time for an owner under a seat's number. The database refuses the row if another owner has that seat then.
    static let insert = WriteKind(
        "slot.insert", phase: .slots,
        columns: [
            .init("calendar_id", .id), .init("seat", .integer), .init("starts_at", .instant),
            .init("ends_at", .instant), .init("kind", .text), .init("owner", .id), .init("expires_at", .instant),
            .init("organization_id", .id),
        ],
        sql: """
            INSERT INTO time_slots (calendar_id, seat, starts_at, ends_at, kind, owner, expires_at, organization_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """
    )

    /// Takes time for a hold, with the credential that placed it.
    static let hold = WriteKind(
        "slot.hold", phase: .slots, columns: insert.columns + [.init("holder", .text)],
        sql: """
            INSERT INTO time_slots
                (calendar_id, seat, starts_at, ends_at, kind, owner, expires_at, organization_id, holder)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """
    )

    /// Frees an owner's time; stale if it has none of this kind.
    ///
    /// The condition compares a pair, so that only the index of pairs can serve. The index of the guard would be
    /// searched for the owner from end to end.
    static let delete = WriteKind(
        "slot.delete", phase: .slotDeletes, columns: [.init("owner", .id), .init("kind", .text)],
        sql: "DELETE FROM time_slots WHERE (owner, kind) >= ($1, $2) AND (owner, kind) <= ($1, $2)"
    )

    static func insert(_ entry: Occupancy.Entry, calendar: ID, organization: ID) -> WriteRow {
        insert.row(values(entry, calendar, organization))
    }

    static func hold(_ entry: Occupancy.Entry, calendar: ID, organization: ID, holder: String) -> WriteRow {
        hold.row(values(entry, calendar, organization) + [.text(holder)])
    }

    private static func values(_ entry: Occupancy.Entry, _ calendar: ID, _ organization: ID) -> [SQLValue] {
        [
            .id(calendar), .int(entry.seat), .instant(entry.span.start), .instant(entry.span.end),
            .text(entry.kind.rawValue), .id(entry.owner), .instant(entry.expiresAt),
            .id(organization),
        ]
    }

    static func delete(_ owner: ID, _ kind: Occupancy.Kind) -> WriteRow {
        delete.row([.id(owner), .text(kind.rawValue)])
    }
}
