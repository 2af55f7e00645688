import PostgresDriver
import Synchronization

/// The statements that write events. A calendar's number is a scalar subquery: a join planned for few heads would read
/// all of them for each event, even when there are many.
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

    /// For events whose payload has a stand-in for an id that `lookup` finds; returns that id for each event.
    static func insert(_ lookup: IDLookup) -> PostgresStatement {
        known.withLock { known in
            if let statement = known[lookup] { return statement }
            let statement = naming(lookup)
            known[lookup] = statement
            return statement
        }
    }

    /// Each is a scalar subquery: a join could begin at the other end.
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
