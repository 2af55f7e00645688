import SQL
import GRDB
import Scheduling

/// Writes one batch of changes into an open connection.
///
///     BEGIN IMMEDIATE ─► for each change: SAVEPOINT ─► head, key, rows, events, audit ─► RELEASE ─► COMMIT
///                                              └─ refused: ROLLBACK TO
struct SQLiteBatch {
    /// Why a change is undone while its batch continues.
    private enum Refused: Error {
        case outcome(CommitOutcome)
    }

    private let db: GRDB.Database

    init(_ db: GRDB.Database) { self.db = db }

    func write(_ batch: [Change]) -> [CommitOutcome] {
        var outcomes: [CommitOutcome] = []
        do {
            try db.execute(sql: "BEGIN IMMEDIATE")
        } catch {
            return batch.map { _ in .failed(failure(error, "begin")) }
        }
        for change in batch {
            do {
                outcomes.append(try writeOne(change))
            } catch {
                // Not the fault of one change (disk, memory, lock): the whole batch fails.
                try? db.execute(sql: "ROLLBACK")
                return batch.map { _ in .failed(failure(error, "batch")) }
            }
        }
        do {
            try purgeKeys(batch)
            try db.execute(sql: "COMMIT")
            return outcomes
        } catch let error as GRDB.DatabaseError where Self.isCertain(error) && rollBack() {
            // No room or no lock: SQLite reports that it wrote nothing.
            return outcomes.map { if case .committed = $0 { .failed(failure(error, "commit")) } else { $0 } }
        } catch {
            // After a restart, SQLite may still find a half-failed commit in its log.
            try? db.execute(sql: "ROLLBACK")
            return outcomes.map { if case .committed = $0 { .unknown } else { $0 } }
        }
    }

    /// Deletes stored answers that are too old, a few with each batch that adds some.
    private func purgeKeys(_ batch: [Change]) throws {
        let claims = batch.compactMap(\.idempotency)
        guard let now = claims.map(\.at).max() else { return }
        try execute(
            """
            DELETE FROM idempotency_keys WHERE (organization_id, credential, route, key) IN (
                SELECT organization_id, credential, route, key FROM idempotency_keys WHERE expires_at <= ?1 LIMIT ?2
            )
            """,
            [.instant(now), .int(2 * claims.count)]
        )
    }

    private static func isCertain(_ error: GRDB.DatabaseError) -> Bool {
        error.resultCode == .SQLITE_FULL || error.resultCode == .SQLITE_BUSY
    }

    private func rollBack() -> Bool {
        if db.isInsideTransaction { try? db.execute(sql: "ROLLBACK") }
        return !db.isInsideTransaction
    }

    private func writeOne(_ change: Change) throws -> CommitOutcome {
        try run("SAVEPOINT one_change")
        do {
            let outcome = try writeRows(change)
            try run("RELEASE one_change")
            return outcome
        } catch let Refused.outcome(outcome) {
            try run("ROLLBACK TO one_change")
            try run("RELEASE one_change")
            return outcome
        }
    }

    private func writeRows(_ change: Change) throws -> CommitOutcome {
        let lastSeq = try number(change)
        try claim(change, seq: lastSeq)
        let rows = change.rows.enumerated().sorted {
            ($0.element.kind.phase, $0.offset) < ($1.element.kind.phase, $1.offset)
        }
        for (_, row) in rows { try write(row) }
        var seq = (lastSeq ?? 0) - Int64(change.events.count)
        var found: ID?
        for event in change.events {
            seq += 1
            var payload = event.payload
            if let wanted = event.found {
                let id = try find(wanted.lookup, event.subjectID)
                payload = wanted.putting(id, into: payload)
                found = id
            }
            try keep(
                "events", "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                [
                    .id(change.key), .integer(seq), .id(event.id), .id(change.organizationID), .text(event.type),
                    .id(event.subjectID), .instant(event.occurredAt), .json(payload),
                ]
            )
            if event.isPublished {
                try keep(
                    "outbox",
                    "INSERT INTO outbox (event_id, calendar_id, seq, organization_id) VALUES (?1, ?2, ?3, ?4)",
                    [.id(event.id), .id(change.key), .integer(seq), .id(change.organizationID)]
                )
            }
        }
        if let audit = change.audit { try keep(audit, change) }
        return .committed(seq: change.events.isEmpty ? nil : lastSeq, found: found)
    }

    /// The id for an event's payload; stale if there is none.
    private func find(_ lookup: IDLookup, _ subject: ID) throws -> ID {
        let statement = try db.cachedStatement(sql: lookup.positionalSQL)
        let row = try Row.fetchOne(statement, arguments: SQLiteStatement.arguments([.id(subject)]))
        guard let row, let id = try? SQLiteStatement.row(row).id(0) else { throw Refused.outcome(.stale) }
        return id
    }

    private func keep(_ audit: AuditEntry, _ change: Change) throws {
        try keep(
            "audit_log", "INSERT INTO audit_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            [
                .id(audit.id), .id(change.organizationID), .text(audit.action), .id(audit.targetID),
                .text(audit.principal), .text(audit.requestID), .instant(audit.at),
            ]
        )
    }

    /// Numbers the events and checks the generation in one statement.
    private func number(_ change: Change) throws -> Int64? {
        guard let generation = change.generation else { return nil }
        let statement = try db.cachedStatement(
            sql: "UPDATE calendar_heads SET seq = seq + ?1 WHERE calendar_id = ?2 AND generation = ?3 RETURNING seq"
        )
        let arguments = SQLiteStatement.arguments([.int(change.events.count), .id(change.key), .integer(generation)])
        guard let seq = try Int64.fetchOne(statement, arguments: arguments) else {
            throw Refused.outcome(.fenced)
        }
        return seq
    }

    private func claim(_ change: Change, seq: Int64?) throws {
        guard let claim = change.idempotency else { return }
        let scope = claim.scope
        let key: [SQLValue] = [
            .id(scope.organizationID), .text(scope.credential), .text(scope.route), .text(scope.key),
        ]
        try execute(
            """
            DELETE FROM idempotency_keys
            WHERE organization_id = ?1 AND credential = ?2 AND route = ?3 AND key = ?4 AND expires_at <= ?5
            """,
            key + [.instant(claim.at)]
        )
        try keep(
            "idempotency_keys",
            """
            INSERT INTO idempotency_keys VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            ON CONFLICT (organization_id, credential, route, key) DO NOTHING
            """,
            key + [
                .blob(claim.bodyHash), .int(claim.status), claim.response == nil ? .id(change.key) : .null,
                claim.response == nil ? seq.map { .integer($0) } ?? .null : .null,
                claim.response.map { .blob($0) } ?? .null, .instant(claim.at), .instant(claim.expiresAt),
            ]
        )
        if db.changesCount == 0 { throw Refused.outcome(.keyTaken) }
    }

    private func write(_ row: WriteRow) throws {
        try isolate(row.kind.name) {
            do {
                try execute(row.kind.positionalSQL, row.values)
            } catch let error as GRDB.DatabaseError where Self.isGuard(error) {
                throw Refused.outcome(.conflict(kind: row.kind.name))
            }
        }
        if row.kind.expects == .one, db.changesCount != 1 { throw Refused.outcome(.stale) }
    }

    /// Writes a row that every change has; a refusal fails only that change.
    private func keep(_ table: String, _ sql: String, _ values: [SQLValue]) throws {
        try isolate(table) { try execute(sql, values) }
    }

    /// Runs a statement so that its error undoes only its change, not the batch.
    private func isolate(_ context: String, _ statement: () throws -> Void) throws {
        do {
            try statement()
        } catch let error as GRDB.DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY {
            throw Refused.outcome(.stale)
        } catch let error as GRDB.DatabaseError where Self.isOneRowsFault(error) {
            throw Refused.outcome(.failed(failure(error, context)))
        }
    }

    private func execute(_ sql: String, _ values: [SQLValue]) throws {
        try db.cachedStatement(sql: sql).execute(arguments: SQLiteStatement.arguments(values))
    }

    private func run(_ sql: String) throws { try db.cachedStatement(sql: sql).execute() }

    /// Whether a guard of the database refused a row: an overlap, a name already taken.
    private static func isGuard(_ error: GRDB.DatabaseError) -> Bool {
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_TRIGGER, .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY: true
        default: false
        }
    }

    private static func isOneRowsFault(_ error: GRDB.DatabaseError) -> Bool {
        switch error.resultCode {
        case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_RANGE, .SQLITE_MISUSE: true
        default: false
        }
    }

    private func failure(_ error: any Error, _ context: String) -> StoreError {
        guard let error = error as? GRDB.DatabaseError else { return StoreError(.unavailable, context) }
        let code: StoreError.Code = Self.isOneRowsFault(error) ? .statement : .unavailable
        return StoreError(code, "\(error.extendedResultCode.name) in \(context)")
    }
}
