public import SQL
public import PostgresDriver
public import Logging
public import Scheduling

/// The record on PostgreSQL.
public final class PostgresDatabase: Database {
    public let pool: PostgresPool

    /// Every connection works as ``role``, whatever the login.
    public init(_ configuration: PostgresConfiguration, logger: Logger) throws(StoreError) {
        var configuration = configuration
        configuration.session.append(Self.assumeRole)
        do throws(PostgresError) {
            pool = try PostgresPool(configuration, logger: logger)
        } catch {
            throw error.storeError
        }
    }

    public func query(
        _ sql: String, _ arguments: [SQLValue], for organization: ID
    ) async throws(StoreError) -> [SQLRow] {
        var unit = PostgresUnit(.read)
        unit.add(.tenants, .tenants([organization]))
        unit.add(pool.statement(sql, arguments), values: arguments)
        return try await pool.rows(of: unit)
    }

    public func query(_ read: NamedRead, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow] {
        var unit = PostgresUnit(.read)
        unit.add(read.postgres, values: arguments)
        return try await pool.rows(of: unit)
    }

    /// Writes the batch as one unit; if a row cannot be written, change by change, so that each has its own outcome.
    public func commit(_ batch: [Change]) async -> [CommitOutcome] {
        switch await write(batch) {
        case .success(let outcomes): return outcomes
        case .failure(let refused):
            if batch.count == 1 { return [refused] }
            return await writeSingly(batch)
        }
    }

    private enum Written {
        case success([CommitOutcome])
        /// A row is at fault; the outcome if there is only one change.
        case failure(CommitOutcome)
    }

    private func write(_ changes: [Change]) async -> Written {
        let batch = PostgresBatch(changes)
        do throws(PostgresError) {
            let results = try await pool.run(batch.unit)
            do throws(StoreError) {
                return .success(try batch.outcomes(results))
            } catch {
                // Written, but the answer cannot be read.
                return .success(changes.map { _ in .unknown })
            }
        } catch {
            switch error.code {
            case .unknownOutcome: return .success(changes.map { _ in .unknown })
            case .statement: return .failure(batch.outcome(of: error))
            // A deadlock that the order of locks does not prevent: written singly, the changes succeed.
            case .unavailable where error.sqlState == "40P01" && changes.count > 1:
                return .failure(.failed(error.storeError))
            case .unavailable, .corrupt, .locked, .schema, .durability, .fenced, .privileges:
                return .success(changes.map { _ in .failed(error.storeError) })
            }
        }
    }

    /// The changes of one key one after the other, those of different keys side by side.
    private func writeSingly(_ batch: [Change]) async -> [CommitOutcome] {
        var groups: [ID: [Int]] = [:]
        for (index, change) in batch.enumerated() { groups[change.key, default: []].append(index) }
        return await withTaskGroup(of: [(Int, CommitOutcome)].self) { group in
            for indices in groups.values {
                group.addTask {
                    var outcomes: [(Int, CommitOutcome)] = []
                    for index in indices {
                        switch await self.write([batch[index]]) {
                        case .success(let outcome): outcomes.append((index, outcome.first ?? .unknown))
                        case .failure(let refused): outcomes.append((index, refused))
                        }
                    }
                    return outcomes
                }
            }
            var outcomes = [CommitOutcome](repeating: .unknown, count: batch.count)
            for await part in group { for (index, outcome) in part { outcomes[index] = outcome } }
            return outcomes
        }
    }

    private static let openHeadStatement = PostgresStatement(
        "heads.open",
        """
        UPDATE calendar_heads h SET generation = h.generation + 1
        FROM calendars c WHERE h.calendar_id = $1 AND h.organization_id = $2 AND c.id = h.calendar_id
        RETURNING h.generation, h.seq, c.version, c.layers_version,
            (SELECT COUNT(*) FROM calendar_shares WHERE calendar_id = $1 AND deleted_at IS NULL)
        """,
        [.one(.uuid), .one(.uuid)]
    )

    public func openHead(
        _ calendar: ID, of organization: ID, under tenure: Tenure?
    ) async throws(StoreError) -> Head? {
        var unit = PostgresUnit(.write)
        unit.add(.tenants, .tenants([organization]))
        if let tenure { LeaseFence.add([tenure], to: &unit) }
        unit.add(Self.openHeadStatement, values: [.id(calendar), .id(organization)])
        let results: [PostgresResult]
        do throws(PostgresError) {
            results = try await pool.run(unit)
        } catch {
            if error.statement == LeaseFence.label, error.sqlState == BatchSQL.mismatch {
                throw StoreError(.fenced, "the shard is another node's")
            }
            throw error.storeError
        }
        return try results.last?.rows().first.map { row throws(StoreError) in
            Head(
                generation: try row.integer(0), seq: try row.integer(1),
                edition: Head.Edition(settings: try row.int(2), openingRules: try row.int(3), shares: try row.int(4))
            )
        }
    }

    public func ping() async throws(StoreError) { _ = try await pool.query("SELECT 1") }
}

extension PostgresBatch {
    /// What an error of the unit means to the one change that is in it.
    func outcome(of error: PostgresError) -> CommitOutcome {
        guard let step = error.statement.flatMap({ steps[$0] }) else { return .failed(error.storeError) }
        switch (step, error.sqlState) {
        case (.heads, BatchSQL.mismatch), (.leases, BatchSQL.mismatch): return .fenced
        case (.keys, BatchSQL.mismatch): return .keyTaken
        case (.kind, BatchSQL.mismatch): return .stale
        // A foreign key: the row that it refers to is missing.
        case (.kind, "23503"), (.kept, "23503"), (.keys, "23503"): return .stale
        // An exclusion constraint or a unique index: the database's own guard.
        case (.kind(let name), "23P01"), (.kind(let name), "23505"): return .conflict(kind: name)
        case (.heads, _), (.leases, _), (.keys, _), (.kind, _), (.kept, _): return .failed(error.storeError)
        }
    }
}
