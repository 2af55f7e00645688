import PostgresDriver
import Synchronization

/// The statements that write events. A calendar's number is looked up as a value: in a join with few heads, all of them
/// would be read for each event, and still be when there are many.
enum PostgresEvents {
    static let insert = PostgresStatement(
        "events.insert",
        """
        INSERT INTO events (calendar_id, seq, id, organization_id, type, subject_id, occurred_at, payload)
        SELECT s.calendar_id,
            (SELECT h.seq FROM calendar_heads h WHERE h.calendar_id = s.calendar_id) - s.remaining,
            s.id, s.organization_id, s.type, s.subject_id, s.occurred_at, s.payload
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
            AS s (calendar_id, remaining, id, organization_id, type, subject_id, occurred_at, payload)
        """,
        [
            .many(.uuid), .many(.int8), .many(.uuid), .many(.uuid), .many(.text), .many(.uuid), .many(.timestamptz),
            .many(.json),
        ]
    )

    private static let known = Mutex<[IDLookup: PostgresStatement]>([:])

    /// For events whose payload names what `lookup` finds in place of a stand-in; it answers what that is for each event.
    static func insert(_ lookup: IDLookup) -> PostgresStatement {
        known.withLock { known in
            if let statement = known[lookup] { return statement }
            let statement = naming(lookup)
            known[lookup] = statement
            return statement
        }
    }

    /// Each is looked up by itself, as a value: a join would be free to begin at the other end.
    private static func naming(_ lookup: IDLookup) -> PostgresStatement {
        let found = lookup.sql.replacing("$1", with: "s.subject_id")
        return PostgresStatement(
            "events.insert.\(lookup.name)",
            """
            WITH s AS MATERIALIZED (
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                AS s (calendar_id, remaining, id, organization_id, type, subject_id, occurred_at, payload, stand_in)
            ),
            named AS MATERIALIZED (SELECT s.*, (\(found)) AS found FROM s),
            done AS (
                INSERT INTO events (calendar_id, seq, id, organization_id, type, subject_id, occurred_at, payload)
                SELECT s.calendar_id,
                    (SELECT h.seq FROM calendar_heads h WHERE h.calendar_id = s.calendar_id) - s.remaining,
                    s.id, s.organization_id, s.type, s.subject_id, s.occurred_at,
                    replace(s.payload::text, s.stand_in::text, s.found::text)::json
                FROM named s
            )
            SELECT id, found FROM named
            """,
            [
                .many(.uuid), .many(.int8), .many(.uuid), .many(.uuid), .many(.text), .many(.uuid),
                .many(.timestamptz), .many(.json), .many(.uuid),
            ]
        )
    }
}
