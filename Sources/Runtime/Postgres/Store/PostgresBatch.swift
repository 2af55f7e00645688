import SQL
import PostgresDriver
import Scheduling
import Synchronization

/// One batch of changes as one unit: a statement for each kind of row, whatever the number of changes.
///
///     check leases ─► lock heads ─► number events, check generations ─► keys ─► rows, kind by kind in their phases ─► events ─► outbox, audit
///
/// It is optimistic: a change that cannot be written as decided (an overlap, a key that was used, a version that has
/// moved) fails the whole unit, and the caller repeats it change by change. Memory decides beforehand, so this is rare.
struct PostgresBatch {
    /// What a failing statement says about the only change in the unit.
    enum Step: Sendable, Hashable {
        case leases, heads, keys, kept
        case kind(String)
    }

    private(set) var unit = PostgresUnit(.write)
    private(set) var steps: [String: Step] = [:]
    /// The index of the answer with the calendars' new numbers; nil if no calendar is written to.
    private(set) var headsAnswer: Int?
    /// The indexes of the answers with ids that only the write knows.
    private(set) var foundAnswers: [Int] = []
    private let changes: [Change]

    init(_ changes: [Change]) {
        self.changes = changes
        addTenants()
        addLeases()
        addHeads()
        addKeys()
        addRows()
        addEvents()
        addAudit()
    }

    /// The numbers of each change's last event, from the answers of the unit.
    func outcomes(_ results: [PostgresResult]) throws(StoreError) -> [CommitOutcome] {
        var last: [ID: Int64] = [:]
        if let headsAnswer, headsAnswer < results.count {
            for row in try results[headsAnswer].rows() where !row.isNull(1) { last[try row.id(1)] = try row.integer(2) }
        }
        var found: [ID: ID] = [:]
        for answer in foundAnswers where answer < results.count {
            for row in try results[answer].rows() { found[try row.id(0)] = try row.id(1) }
        }
        let remaining = Self.remaining(changes)
        return changes.enumerated().map { index, change in
            guard !change.events.isEmpty, let seq = last[change.key] else { return .committed(seq: nil) }
            let named = found.isEmpty ? nil : change.events.last { $0.found != nil }
            return .committed(seq: seq - remaining[index], found: named.flatMap { found[$0.id] })
        }
    }

    /// How many events of the same calendar come after each change's last.
    private static func remaining(_ changes: [Change]) -> [Int64] {
        var after: [ID: Int64] = [:]
        var result = [Int64](repeating: 0, count: changes.count)
        for (index, change) in changes.enumerated().reversed() {
            result[index] = after[change.key, default: 0]
            after[change.key, default: 0] += Int64(change.events.count)
        }
        return result
    }

    private mutating func add(_ step: Step, _ statement: PostgresStatement, _ parameters: [PostgresParameter]) {
        steps[statement.label] = step
        unit.add(statement, parameters)
    }

    // MARK: Leases and tenants

    private mutating func addLeases() {
        let tenures = Set(changes.compactMap(\.tenure))
        guard !tenures.isEmpty else { return }
        let (statement, parameters) = LeaseFence.call(tenures.sorted { ($0.shard, $0.epoch) < ($1.shard, $1.epoch) })
        add(.leases, statement, parameters)
    }

    /// The tenants of the batch: it can neither see nor write rows of others.
    private mutating func addTenants() {
        var organizations = Set(changes.map(\.organizationID))
        // A key may belong to another tenant than its change: the operator.
        for change in changes { if let claim = change.idempotency { organizations.insert(claim.scope.organizationID) } }
        add(.kept, .tenants, .tenants(organizations))
    }

    // MARK: Heads

    private static let lockHeads = PostgresStatement(
        "heads.lock",
        "SELECT 1 FROM calendar_heads WHERE calendar_id = ANY($1) ORDER BY calendar_id FOR NO KEY UPDATE",
        [.many(.uuid)]
    )

    /// The rows are locked, so they stay where they are found.
    private static let numberHeads = PostgresStatement(
        "heads.number",
        """
        WITH s AS MATERIALIZED (SELECT * FROM unnest($2, $3, $4) AS s (calendar_id, generation, events)),
        done AS (
            UPDATE calendar_heads h SET seq = h.seq + s.events
            FROM (
                SELECT s.events, f.ctid AS place FROM s CROSS JOIN LATERAL (
                    SELECT ctid FROM calendar_heads
                    WHERE calendar_id = s.calendar_id AND generation = s.generation OFFSET 0
                ) f
            ) s
            WHERE h.ctid = s.place
            RETURNING h.calendar_id, h.seq
        )
        SELECT guard.ok, done.calendar_id, done.seq
        FROM (SELECT 1 / (CASE WHEN (SELECT count(*) FROM done) = $1 THEN 1 ELSE 0 END) AS ok) guard
        LEFT JOIN done ON true
        """,
        [.one(.int8), .many(.uuid), .many(.int8), .many(.int8)]
    )

    private mutating func addHeads() {
        struct Head: Hashable {
            let calendar: ID
            let generation: Int64
        }
        var events: [Head: Int64] = [:]
        for change in changes {
            guard let generation = change.generation else { continue }
            events[Head(calendar: change.key, generation: generation), default: 0] += Int64(change.events.count)
        }
        guard !events.isEmpty else { return }
        let heads = events.sorted { $0.key.calendar < $1.key.calendar }
        let ids = heads.map { SQLValue.id($0.key.calendar) }
        add(.heads, Self.lockHeads, [.many(ids)])
        headsAnswer = unit.calls.count
        add(
            .heads, Self.numberHeads,
            [
                .one(.int(heads.count)), .many(ids), .many(heads.map { .integer($0.key.generation) }),
                .many(heads.map { .integer($0.value) }),
            ]
        )
    }

    // MARK: Keys

    private static let dropOldKeys = PostgresStatement(
        "keys.drop",
        // Each is looked up separately: in a join, the policy's organizations are the only index condition, and all of
        // their keys are read.
        """
        DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
            SELECT (
                SELECT k.ctid FROM idempotency_keys k
                WHERE k.organization_id = s.organization_id AND k.credential = s.credential AND k.route = s.route
                    AND k.key = s.key AND (k.expires_at <= s.now) IS TRUE
            )
            FROM unnest($1, $2, $3, $4, $5) AS s (organization_id, credential, route, key, now)
        ))
        """,
        [.many(.uuid), .many(.text), .many(.text), .many(.text), .many(.timestamptz)]
    )

    private static let insertKeys = PostgresStatement(
        "keys.insert",
        """
        WITH s AS MATERIALIZED (
            SELECT * FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            AS s (organization_id, credential, route, key, body_hash, status, calendar_id, remaining, response, at, expires_at)
        ),
        done AS (
            INSERT INTO idempotency_keys
                (organization_id, credential, route, key, body_hash, status, calendar_id, seq, response, created_at, expires_at)
            SELECT s.organization_id, s.credential, s.route, s.key, s.body_hash, s.status, s.calendar_id,
                (SELECT h.seq FROM calendar_heads h WHERE h.calendar_id = s.calendar_id) - s.remaining, s.response,
                s.at, s.expires_at
            FROM s
            ON CONFLICT (organization_id, credential, route, key) DO NOTHING
            RETURNING 1
        )
        SELECT 1 / (CASE WHEN (SELECT count(*) FROM done) = $1 THEN 1 ELSE 0 END)
        """,
        [
            .one(.int8), .many(.uuid), .many(.text), .many(.text), .many(.text), .many(.bytea), .many(.int8),
            .many(.uuid), .many(.int8), .many(.bytea), .many(.timestamptz), .many(.timestamptz),
        ]
    )

    /// What `almanac_purge_keys` does.
    static let purgeFunction = """
        DELETE FROM idempotency_keys WHERE ctid IN (
            SELECT ctid FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        """

    /// For all organizations, because some send nothing any more.
    private static let purgeKeys = PostgresStatement(
        "keys.purge", "SELECT almanac_purge_keys($1, $2)", [.one(.timestamptz), .one(.int8)]
    )

    private mutating func addKeys() {
        let remaining = Self.remaining(changes)
        // Every batch uses the same order, so that two batches cannot wait for each other.
        let claims = changes.enumerated().compactMap { index, change in
            change.idempotency.map { (claim: $0, change: change, remaining: remaining[index]) }
        }.sorted { Self.order($0.claim.scope) < Self.order($1.claim.scope) }
        guard let now = claims.map(\.claim.at).max() else { return }
        func column(_ value: (IdempotencyClaim) -> SQLValue) -> PostgresParameter {
            .many(claims.map { value($0.claim) })
        }
        let key = [
            column { .id($0.scope.organizationID) }, column { .text($0.scope.credential) },
            column { .text($0.scope.route) }, column { .text($0.scope.key) },
        ]
        add(.kept, Self.dropOldKeys, key + [column { .instant($0.at) }])
        add(
            .keys, Self.insertKeys,
            [.one(.int(claims.count))] + key + [
                column { .blob($0.bodyHash) }, column { .int($0.status) },
                .many(claims.map { $0.claim.response == nil ? .id($0.change.key) : .null }),
                .many(claims.map { .integer($0.remaining) }),
                column { $0.response.map { .blob($0) } ?? .null }, column { .instant($0.at) },
                column { .instant($0.expiresAt) },
            ]
        )
        add(.kept, Self.purgeKeys, [.one(.instant(now)), .one(.int(2 * claims.count))])
    }

    private static func order(_ scope: IdempotencyClaim.Scope) -> (ID, ExactText, ExactText, ExactText) {
        (scope.organizationID, scope.credential.exact, scope.route.exact, scope.key.exact)
    }

    // MARK: Rows

    private mutating func addRows() {
        var kinds: [WriteKind] = []
        var rows: [WriteKind: [WriteRow]] = [:]
        for change in changes {
            for row in change.rows { rows[row.kind, default: []].append(row) }
            // Each change's own order holds: a new kind goes before the change's next known kind.
            var place = kinds.count
            for row in change.rows.reversed() {
                if let known = kinds.firstIndex(of: row.kind) {
                    place = known
                } else {
                    kinds.insert(row.kind, at: place)
                }
            }
        }
        for kind in kinds.enumerated().sorted(by: { ($0.element.phase, $0.offset) < ($1.element.phase, $1.offset) }) {
            add(kind.element, rows[kind.element] ?? [])
        }
    }

    private mutating func add(_ kind: WriteKind, _ rows: [WriteRow]) {
        let step = Step.kind(kind.name)
        let rows = rows.sorted(by: kind.lockOrder)
        guard let batch = PostgresKinds.batch(kind) else {
            for row in rows { add(step, PostgresKinds.single(kind), row.values.map { .one($0) }) }
            return
        }
        let expected = kind.expects == .one ? rows.count : -1
        let columns = kind.columns.indices.map { column in PostgresParameter.many(rows.map { $0.values[column] }) }
        add(step, batch, [.one(.int(expected))] + columns)
    }

    // MARK: Events and audit

    private struct Draft {
        let change: Change
        let event: EventDraft
        /// How many events of the same calendar follow it.
        let remaining: Int64
    }

    private static let insertOutbox = PostgresStatement(
        "outbox.insert",
        """
        INSERT INTO outbox (event_id, calendar_id, seq, organization_id)
        SELECT s.id, s.calendar_id,
            (SELECT h.seq FROM calendar_heads h WHERE h.calendar_id = s.calendar_id) - s.remaining,
            (SELECT h.organization_id FROM calendar_heads h WHERE h.calendar_id = s.calendar_id)
        FROM unnest($1, $2, $3) AS s (calendar_id, remaining, id)
        """,
        [.many(.uuid), .many(.int8), .many(.uuid)]
    )

    private mutating func addEvents() {
        let remaining = Self.remaining(changes)
        let drafts = changes.enumerated().flatMap { index, change in
            change.events.enumerated().map { position, event in
                Draft(
                    change: change, event: event,
                    remaining: remaining[index] + Int64(change.events.count - 1 - position)
                )
            }
        }
        guard !drafts.isEmpty else { return }
        func columns(_ drafts: [Draft]) -> [PostgresParameter] {
            [
                .many(drafts.map { .id($0.change.key) }), .many(drafts.map { .integer($0.remaining) }),
                .many(drafts.map { .id($0.event.id) }), .many(drafts.map { .id($0.change.organizationID) }),
                .many(drafts.map { .text($0.event.type) }), .many(drafts.map { .id($0.event.subjectID) }),
                .many(drafts.map { .instant($0.event.occurredAt) }), .many(drafts.map { .json($0.event.payload) }),
            ]
        }
        var named: [IDLookup: [Draft]] = [:]
        for draft in drafts { if let found = draft.event.found { named[found.lookup, default: []].append(draft) } }
        for (lookup, drafts) in named.sorted(by: { $0.key.name.utf8.lexicographicallyPrecedes($1.key.name.utf8) }) {
            foundAnswers.append(unit.calls.count)
            let standIns = drafts.map { draft in draft.event.found.map { SQLValue.id($0.standIn) } ?? .null }
            add(.kept, PostgresEvents.insert(lookup), columns(drafts) + [.many(standIns)])
        }
        let plain = drafts.filter { $0.event.found == nil }
        if !plain.isEmpty { add(.kept, PostgresEvents.insert, columns(plain)) }
        let published = drafts.filter(\.event.isPublished)
        guard !published.isEmpty else { return }
        add(
            .kept, Self.insertOutbox,
            [
                .many(published.map { .id($0.change.key) }), .many(published.map { .integer($0.remaining) }),
                .many(published.map { .id($0.event.id) }),
            ]
        )
    }

    private static let insertAudit = PostgresStatement(
        "audit.insert",
        """
        INSERT INTO audit_log (id, organization_id, action, target_id, principal, request_id, at)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
        """,
        [.many(.uuid), .many(.uuid), .many(.text), .many(.uuid), .many(.text), .many(.text), .many(.timestamptz)]
    )

    private mutating func addAudit() {
        let entries = changes.compactMap { change in change.audit.map { (change.organizationID, $0) } }
        guard !entries.isEmpty else { return }
        add(
            .kept, Self.insertAudit,
            [
                .many(entries.map { .id($0.1.id) }), .many(entries.map { .id($0.0) }),
                .many(entries.map { .text($0.1.action) }), .many(entries.map { .id($0.1.targetID) }),
                .many(entries.map { .text($0.1.principal) }), .many(entries.map { .text($0.1.requestID) }),
                .many(entries.map { .instant($0.1.at) }),
            ]
        )
    }
}

/// The statements of write kinds, derived once.
enum PostgresKinds {
    private static let batches = Mutex<[String: PostgresStatement?]>([:])

    /// The statement for many rows; nil if the kind's rows are written one by one.
    static func batch(_ kind: WriteKind) -> PostgresStatement? {
        batches.withLock { known in
            if let statement = known[kind.name] { return statement }
            let statement =
                kind.isSingle
                ? nil
                : BatchSQL(kind).map {
                    PostgresStatement(kind.name, $0.sql, [.one(.int8)] + kind.columns.map { .many($0.type.postgres) })
                }
            known[kind.name] = statement
            return statement
        }
    }

    static func single(_ kind: WriteKind) -> PostgresStatement {
        PostgresStatement(kind.name, kind.postgresSQL ?? kind.sql, kind.columns.map { .one($0.type.postgres) })
    }
}

extension SQLType {
    /// JSON is stored as written, so that a replay repeats every byte.
    var postgres: PostgresType { self == .json ? .json : PostgresType(self) }
}

extension [WriteRow] {
    fileprivate func sorted(by columns: [Int]) -> [WriteRow] {
        if columns.isEmpty { return self }
        return sorted { left, right in
            for column in columns {
                let (one, other) = (left.values[column].order, right.values[column].order)
                if one != other { return one.lexicographicallyPrecedes(other) }
            }
            return false
        }
    }
}

extension SQLValue {
    /// The row's place in one order of all rows of a kind.
    fileprivate var order: [UInt8] {
        switch self {
        case .text(let text): Array(text.utf8)
        case .id(let id): id.bytes
        case .blob(let bytes), .json(let bytes): bytes
        case .null, .integer, .bool, .instant: []
        }
    }
}
