public import SQL
public import PostgresDriver
import Scheduling

extension PostgresDatabase {
    /// Takes a transaction number and flushes it, which fails on a standby and on a full disk.
    private static let probeSQL =
        "SELECT current_setting('transaction_read_only') = 'on', pg_current_xact_id() IS NULL"
    private static let probeStatement = PostgresStatement("store.probe", probeSQL)

    public func probe() async throws(StoreError) {
        // A server with a slow disk still answers a read, and so does not count as silent.
        async let isHeard: Void = listen()
        var unit = PostgresUnit(.write, deadline: .seconds(3))
        unit.isVital = true
        unit.add(Self.probeStatement)
        let rows: [SQLRow]
        do throws(StoreError) {
            rows = try await pool.rows(of: unit)
        } catch {
            // Whatever the reason, nothing can be written now.
            throw StoreError(.unavailable, error.context)
        }
        await isHeard
        try Self.judge(rows)
    }

    private func listen() async {
        var unit = PostgresUnit(.read, deadline: .seconds(3))
        unit.isVital = true
        unit.add(PostgresStatement("store.listen", "SELECT 1"))
        _ = try? await pool.rows(of: unit)
    }

    /// The same on a new connection, for callers without a pool.
    public static func tryWrite(_ configuration: PostgresConfiguration) async throws(StoreError) {
        do {
            try await PostgresSessions(configuration).withSession { session in
                try await session.execute(assumeRole)
                try judge(try await session.query(probeSQL))
            }
        } catch let error as StoreError {
            throw error
        } catch let error as PostgresError {
            throw error.storeError
        } catch {
            throw StoreError(.unavailable, "PostgreSQL was not written to")
        }
    }

    private static func judge(_ rows: [SQLRow]) throws(StoreError) {
        guard let row = rows.first, try !row.bool(0) else {
            throw StoreError(.unavailable, "PostgreSQL takes no writes: it is a standby, or set to read only")
        }
    }
}
