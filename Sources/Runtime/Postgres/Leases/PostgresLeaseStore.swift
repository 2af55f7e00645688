import Connecting
public import SQL
public import PostgresDriver
public import Scheduling

/// Nodes and leases in PostgreSQL, by its clock.
///
/// Every transaction, batches included, locks rows of `leases` in the order of their numbers, so that nobody waits in a
/// circle. Each statement that hands over leases notifies the other nodes.
public struct PostgresLeaseStore: LeaseStore {
    /// The channel on which nodes hear of changed leases.
    public static let channel = "almanac_leases"

    private let pool: PostgresPool
    /// Not in the serving role: for ending connections that another process left open.
    private let sessions: PostgresSessions
    private let secrets: Secrets

    /// - Parameter secrets: the keys with which nodes verify each other's addresses.
    public init(pool: PostgresPool, configuration: PostgresConfiguration, secrets: Secrets) {
        self.pool = pool
        self.secrets = secrets
        var plain = configuration
        plain.session = ["SET statement_timeout = '5s'"]
        sessions = PostgresSessions(plain, limit: 1)
    }

    private static func end(_ lease: Duration) -> SQLValue { .integer(Int64(lease.milliseconds)) }

    private static let tell = PostgresStatement(
        "leases.tell", "SELECT pg_notify('\(channel)', $1)", [.one(.text)]
    )

    // MARK: - Joining and leaving

    private static let register = PostgresStatement(
        "nodes.register",
        """
        INSERT INTO nodes (id, incarnation, url, process, is_draining, started_at, seen_at)
        VALUES ($1, $2, $3, $4, false, now(), now())
        ON CONFLICT (id) DO UPDATE SET incarnation = $2, url = $3, process = $4, is_draining = false,
            started_at = now(), seen_at = now()
        """,
        [.one(.text), .one(.uuid), .one(.text), .one(.text)]
    )

    private static let takeBack = PostgresStatement(
        "leases.take_back",
        """
        WITH l AS (
            SELECT shard FROM leases WHERE owner = $1 OR incarnation = ANY($4) ORDER BY shard FOR UPDATE
        )
        UPDATE leases SET owner = $1, incarnation = $2, epoch = epoch + 1,
            expires_at = now() + $3 * interval '1 millisecond'
        FROM l WHERE leases.shard = l.shard
        """,
        [.one(.text), .one(.uuid), .one(.int8), .many(.uuid)]
    )

    private static let forget = PostgresStatement(
        "nodes.forget", "DELETE FROM nodes WHERE incarnation = ANY($1) AND id <> $2", [.many(.uuid), .one(.text)]
    )

    public func join(_ node: NodeIdentity, taking ended: [ID], lease: Duration) async throws(StoreError) {
        var unit = PostgresUnit(.write)
        let incarnations = PostgresParameter.many(ended.map { .id($0) })
        unit.add(
            Self.register,
            values: [
                .text(node.id), .id(node.incarnation), .text(NodeAddress.signed(node, secrets)),
                .text(node.process.text),
            ]
        )
        unit.add(
            Self.takeBack,
            [.one(.text(node.id)), .one(.id(node.incarnation)), .one(Self.end(lease)), incarnations]
        )
        unit.add(Self.forget, [incarnations, .one(.text(node.id))])
        unit.add(Self.tell, values: [.text(node.id)])
        _ = try await pool.rows(of: unit)
    }

    private static let releaseAll = PostgresStatement(
        "leases.release_all",
        """
        WITH l AS (SELECT shard FROM leases WHERE incarnation = $1 ORDER BY shard FOR UPDATE)
        UPDATE leases SET owner = NULL, incarnation = NULL, expires_at = now() FROM l WHERE leases.shard = l.shard
        """,
        [.one(.uuid)]
    )

    private static let unregister = PostgresStatement(
        "nodes.unregister", "DELETE FROM nodes WHERE id = $1 AND incarnation = $2", [.one(.text), .one(.uuid)]
    )

    public func leave(_ node: NodeIdentity) async throws(StoreError) {
        var unit = PostgresUnit(.write, deadline: .seconds(2))
        unit.add(Self.releaseAll, values: [.id(node.incarnation)])
        unit.add(Self.unregister, values: [.text(node.id), .id(node.incarnation)])
        unit.add(Self.tell, values: [.text(node.id)])
        _ = try await pool.rows(of: unit)
    }

    // MARK: - Beats

    private static let touch = PostgresStatement(
        "nodes.beat",
        "UPDATE nodes SET seen_at = now() WHERE id = $1 AND incarnation = $2 RETURNING is_draining",
        [.one(.text), .one(.uuid)]
    )

    private static let renew = PostgresStatement(
        "leases.renew",
        """
        WITH l AS (SELECT shard FROM leases WHERE incarnation = $1 ORDER BY shard FOR UPDATE)
        UPDATE leases SET expires_at = now() + $2 * interval '1 millisecond' FROM l WHERE leases.shard = l.shard
        RETURNING leases.shard, leases.epoch
        """,
        [.one(.uuid), .one(.int8)]
    )

    private static let nodes = PostgresStatement(
        "nodes.list",
        """
        SELECT id, incarnation, url, process, is_draining, started_at, seen_at,
            (extract(epoch FROM now() - seen_at) * 1000)::int8
        FROM nodes ORDER BY id
        """
    )

    private static let leases = PostgresStatement(
        "leases.list",
        """
        SELECT shard, owner, incarnation, epoch, (extract(epoch FROM expires_at - now()) * 1000)::int8
        FROM leases ORDER BY shard
        """
    )

    public func beat(_ node: NodeIdentity, lease: Duration) async throws(StoreError) -> LeaseBeat {
        var unit = PostgresUnit(.write, deadline: max(lease / 2, .seconds(1)))
        unit.add(Self.touch, values: [.text(node.id), .id(node.incarnation)])
        unit.add(Self.renew, values: [.id(node.incarnation), Self.end(lease)])
        unit.add(Self.nodes)
        unit.add(Self.leases)
        let results = try await results(of: unit)
        guard results.count == 4 else { throw StoreError(.corrupt, "leases") }
        guard let row = try results[0].rows().first else { return .superseded }
        let held = try results[1].rows().map { row throws(StoreError) in try Self.tenure(row) }
        return .alive(held: held, isDraining: try row.bool(0), try view(results[2], results[3]))
    }

    public func view() async throws(StoreError) -> LeaseView {
        var unit = PostgresUnit(.read)
        unit.add(Self.nodes)
        unit.add(Self.leases)
        let results = try await results(of: unit)
        guard results.count == 2 else { throw StoreError(.corrupt, "leases") }
        return try view(results[0], results[1])
    }

    private static let claim = PostgresStatement(
        "leases.claim",
        """
        WITH l AS (
            SELECT shard FROM leases
            WHERE shard = ANY($1) AND (owner IS NULL OR expires_at <= now()) ORDER BY shard FOR UPDATE SKIP LOCKED
        )
        UPDATE leases SET owner = $2, incarnation = $3, epoch = epoch + 1,
            expires_at = now() + $4 * interval '1 millisecond'
        FROM l WHERE leases.shard = l.shard
        RETURNING leases.shard, leases.epoch
        """,
        [.many(.int8), .one(.text), .one(.uuid), .one(.int8)]
    )

    public func claim(
        _ shards: [Shard], for node: NodeIdentity, lease: Duration
    ) async throws(StoreError) -> [Tenure] {
        var unit = PostgresUnit(.write, deadline: max(lease / 2, .seconds(1)))
        unit.add(
            Self.claim,
            [
                .many(shards.map { .int($0.number) }), .one(.text(node.id)), .one(.id(node.incarnation)),
                .one(Self.end(lease)),
            ]
        )
        unit.add(Self.tell, values: [.text(node.id)])
        let results = try await results(of: unit)
        return try results.first?.rows().map { row throws(StoreError) in try Self.tenure(row) } ?? []
    }

    private static let release = PostgresStatement(
        "leases.release",
        """
        WITH l AS (SELECT shard FROM leases WHERE incarnation = $1 AND shard = ANY($2) ORDER BY shard FOR UPDATE)
        UPDATE leases SET owner = NULL, incarnation = NULL, expires_at = now() FROM l WHERE leases.shard = l.shard
        """,
        [.one(.uuid), .many(.int8)]
    )

    public func release(_ shards: [Shard], of node: NodeIdentity) async throws(StoreError) {
        var unit = PostgresUnit(.write)
        unit.add(Self.release, [.one(.id(node.incarnation)), .many(shards.map { .int($0.number) })])
        unit.add(Self.tell, values: [.text(node.id)])
        _ = try await pool.rows(of: unit)
    }

    private static let wantDrain = PostgresStatement(
        "nodes.drain", "UPDATE nodes SET is_draining = true WHERE id = $1 RETURNING id", [.one(.text)]
    )

    public func drain(_ id: String) async throws(StoreError) -> Bool {
        var unit = PostgresUnit(.write)
        unit.add(Self.wantDrain, values: [.text(id)])
        unit.add(Self.tell, values: [.text(id)])
        let results = try await results(of: unit)
        return try !(results.first?.rows().isEmpty ?? true)
    }

    // MARK: - What a stopped process left open

    /// Connections carry the incarnation in their name; see ``PostgresConfiguration/applicationName``.
    public func disconnect(_ incarnation: ID) async throws(StoreError) {
        do {
            try await sessions.withSession { session in
                try await session.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
                    [.text(Self.applicationName(incarnation))]
                )
            }
        } catch let error as PostgresError {
            throw error.storeError
        } catch {
            throw StoreError(.unavailable, "connections cannot be ended")
        }
    }

    /// The name of a node's connections: at most 63 bytes (PostgreSQL manual, `application_name`).
    public static func applicationName(_ incarnation: ID) -> String { "almanac \(incarnation)" }

    // MARK: - Rows

    /// Queries even while the server seems unreachable, so as not to miss a lease.
    private func results(of unit: PostgresUnit) async throws(StoreError) -> [PostgresResult] {
        var unit = unit
        unit.isVital = true
        do throws(PostgresError) { return try await pool.run(unit) } catch { throw error.storeError }
    }

    private static func tenure(_ row: SQLRow) throws(StoreError) -> Tenure {
        Tenure(shard: try shard(row), epoch: try row.integer(1))
    }

    private static func shard(_ row: SQLRow) throws(StoreError) -> Shard {
        guard let shard = Shard(try row.int(0)) else { throw StoreError(.corrupt, "a shard's number") }
        return shard
    }

    private func view(
        _ nodes: PostgresResult, _ leases: PostgresResult
    ) throws(StoreError) -> LeaseView {
        LeaseView(
            nodes: try nodes.rows().map { row throws(StoreError) in
                let (id, incarnation) = (try row.text(0), try row.id(1))
                return LeaseView.Node(
                    id: id, incarnation: incarnation,
                    url: NodeAddress.checked(try row.text(2), id: id, incarnation: incarnation, secrets),
                    process: ProcessMark(text: try row.text(3)), isDraining: try row.bool(4),
                    startedAt: try row.instant(5), seenAt: try row.instant(6), silentFor: try row.integer(7)
                )
            },
            leases: try leases.rows().map { row throws(StoreError) in
                LeaseView.Lease(
                    shard: try Self.shard(row), owner: try row.optional(1, row.text),
                    incarnation: try row.optional(2, row.id), epoch: try row.integer(3), remaining: try row.integer(4)
                )
            }
        )
    }
}
