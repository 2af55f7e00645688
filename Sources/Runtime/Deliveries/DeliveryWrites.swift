import SQL
public import Scheduling

/// Rows of `outbox` and `deliveries`.
public enum DeliveryWrites {
    /// An event's deliveries are being written; stale if another process has written them.
    private static let expand = WriteKind(
        "outbox.delete", phase: .records, columns: [.init("event_id", .id)],
        sql: "DELETE FROM outbox WHERE event_id = $1"
    )

    private static let insert = WriteKind(
        "delivery.insert", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("calendar_id", .id), .init("seq", .integer),
            .init("event_id", .id), .init("channel", .text), .init("target", .text), .init("give_up_at", .instant),
            .init("created_at", .instant),
        ],
        expects: .any,
        sql: """
            INSERT INTO deliveries
                (id, organization_id, calendar_id, seq, event_id, channel, target, status, next_attempt_at, give_up_at,
                 created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $9, $8, $9, $9)
            ON CONFLICT (event_id, channel, target) DO NOTHING
            """
    )

    /// Claims due deliveries of a channel: a few of each tenant, longest waiting first.
    static let claim = WriteKind(
        "delivery.claim", phase: .records,
        columns: [
            .init("channel", .text), .init("now", .instant), .init("claim", .id), .init("claimed_by", .text),
            .init("until", .instant), .init("limit", .integer), .init("per_organization", .integer),
        ],
        expects: .any, isSingle: true,
        postgresSQL: "SELECT almanac_claim_deliveries($1, $2, $3, $4, $5, $6, $7)",
        sql: """
            \(claimed) WHERE id IN (
                \(tenants)
                SELECT d.id FROM tenants JOIN deliveries d ON d.id IN (
                    SELECT id FROM deliveries
                    WHERE channel = $1 AND status = 'pending' AND organization_id = organization AND next_attempt_at <= $2
                    ORDER BY next_attempt_at LIMIT $7
                )
                ORDER BY d.next_attempt_at, d.id LIMIT $6
            )
            """
    )

    /// The body of the PostgreSQL function, which works for all organizations.
    ///
    /// Two nodes that claim at once do not block each other. LATERAL and the array make it two look-ups by index,
    /// whatever the planner believes about the table.
    static let claimFunction = """
        \(claimed) WHERE id = ANY (ARRAY(
            \(tenants)
            SELECT d.id FROM tenants CROSS JOIN LATERAL (
                SELECT id, next_attempt_at FROM deliveries
                WHERE channel = $1 AND status = 'pending' AND organization_id = organization AND next_attempt_at <= $2
                ORDER BY next_attempt_at LIMIT $7 FOR UPDATE SKIP LOCKED
            ) d
            ORDER BY d.next_attempt_at, d.id LIMIT $6
        ))
        """

    private static let claimed = """
        UPDATE deliveries
        SET claim = $3, claimed_by = $4, next_attempt_at = $5, attempts = attempts + 1, updated_at = $2
        """

    /// The organizations with pending deliveries, each found by one step along the index.
    private static let tenants = """
        WITH RECURSIVE tenants (organization) AS (
            SELECT (
                SELECT organization_id FROM deliveries WHERE channel = $1 AND status = 'pending'
                ORDER BY organization_id LIMIT 1
            )
            UNION ALL
            SELECT (
                SELECT organization_id FROM deliveries
                WHERE channel = $1 AND status = 'pending' AND organization_id > organization
                ORDER BY organization_id LIMIT 1
            ) FROM tenants WHERE organization IS NOT NULL
        )
        """

    /// The outcome of an attempt; stale if the claim was lost meanwhile.
    static let settle = WriteKind(
        "delivery.settle", phase: .records,
        columns: [
            .init("id", .id), .init("claim", .id), .init("status", .text), .init("next_attempt_at", .instant),
            .init("last_error", .text), .init("delivered_at", .instant), .init("attempts", .integer),
            .init("updated_at", .instant),
        ],
        sql: """
            UPDATE deliveries SET status = $3, next_attempt_at = $4, last_error = $5, delivered_at = $6, attempts = $7,
                updated_at = $8, claim = NULL, claimed_by = NULL
            WHERE id = $1 AND claim = $2
            """
    )

    /// Releases the claims of an earlier life of this process.
    static let release = WriteKind(
        "delivery.release", phase: .records, columns: [.init("claimed_by", .text), .init("now", .instant)],
        expects: .any, isSingle: true, postgresSQL: "SELECT almanac_release_deliveries($1, $2)",
        sql: """
            UPDATE deliveries SET next_attempt_at = $2, updated_at = $2, claim = NULL, claimed_by = NULL
            WHERE claim IS NOT NULL AND claimed_by = $1
            """
    )

    /// Retries a failed delivery, or a waiting one now; stale if it is delivered or under way.
    static let requeue = WriteKind(
        "delivery.requeue", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("now", .instant), .init("give_up_at", .instant),
        ],
        sql: """
            UPDATE deliveries SET status = 'pending', next_attempt_at = $3, give_up_at = $4, updated_at = $3
            WHERE id = $1 AND (organization_id = $2 AND status <> 'delivered') IS TRUE AND claim IS NULL
            """
    )

    /// The deliveries of an event, and the deletion of its outbox row.
    public static func expand(
        event: ID, organization: ID, calendar: ID, seq: Int64,
        into targets: [(id: ID, channel: String, target: String)],
        giveUpAt: Instant, now: Instant
    ) -> [WriteRow] {
        [expand.row([.id(event)])]
            + targets.map { target in
                insert.row([
                    .id(target.id), .id(organization), .id(calendar), .integer(seq), .id(event), .text(target.channel),
                    .text(target.target), .instant(giveUpAt), .instant(now),
                ])
            }
    }
}
