import SQL
import PostgresDriver
import Scheduling

/// The first statement of a writing unit. It ensures that the unit's shards belong to its node until the unit has been
/// written.
///
/// A takeover updates the shard's row, and so waits for units that have locked it; a later unit finds another epoch and
/// fails. FOR KEY SHARE is not enough: it does not stop the update.
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
