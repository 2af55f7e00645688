import SQL
import PostgresDriver
import Scheduling

/// The first thing a writing unit does: it makes sure that its shards are still its node's, and that they stay so until
/// it has been written.
///
/// Whoever takes a shard over updates its row, and so waits for units that have it locked; a unit that comes later finds
/// another epoch and fails. FOR KEY SHARE would not do: it does not stop the update.
enum LeaseFence {
    static let label = "leases.fence"

    private static let statement = PostgresStatement(
        label,
        """
        WITH s AS MATERIALIZED (SELECT * FROM unnest($2, $3) AS s (shard, epoch)),
        held AS MATERIALIZED (
            SELECT l.shard FROM leases l JOIN s ON s.shard = l.shard AND s.epoch = l.epoch
            ORDER BY l.shard FOR SHARE OF l
        )
        SELECT 1 / (CASE WHEN (SELECT count(*) FROM held) = $1 THEN 1 ELSE 0 END)
        """,
        [.one(.int8), .many(.int8), .many(.int8)]
    )

    static func add(_ tenures: [Tenure], to unit: inout PostgresUnit) {
        let (statement, parameters) = call(tenures)
        unit.add(statement, parameters)
    }

    static func call(_ tenures: [Tenure]) -> (PostgresStatement, [PostgresParameter]) {
        (
            statement,
            [
                .one(.int(tenures.count)), .many(tenures.map { .int($0.shard.number) }),
                .many(tenures.map { .integer($0.epoch) }),
            ]
        )
    }
}
