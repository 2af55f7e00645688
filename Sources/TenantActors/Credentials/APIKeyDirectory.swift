import SQL
public import AlmanacRuntime
public import Scheduling
import Synchronization

/// The API keys in force: each is looked up once, and then kept in memory until it is revoked.
public final class APIKeyDirectory: Sendable {
    /// The API key in force with this hash. Only the answer tells whose it is.
    static let owner = NamedRead(
        "api_key", [.blob],
        sql: """
            SELECT k.id, k.organization_id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at
            FROM api_keys k JOIN organizations o ON o.id = k.organization_id
            WHERE k.hash = $1 AND k.revoked_at IS NULL AND o.deleted_at IS NULL
            """
    )

    private struct State {
        var principals: [ExactText: (id: ID, principal: Principal, until: UInt64)] = [:]
        /// Organizations that are known to exist.
        var organizations: [ID: UInt64] = [:]
        /// Grows with each revocation, so that a look-up under way does not store again what the revocation removed.
        var revision = 0
    }

    private static let maxEntries = 10_000
    private let database: any Database
    private let maxAge: UInt64
    private let clock: any WallClock
    private let state = Mutex(State())

    /// - Parameters:
    ///   - clock: tells which keys have expired.
    ///   - maxAge: after how many nanoseconds a key is read again, in case an announcement was lost.
    public init(database: any Database, clock: any WallClock, maxAge: UInt64 = .max) {
        self.database = database
        self.clock = clock
        self.maxAge = maxAge
    }

    /// The principal, unless its credential has expired.
    private func current(_ principal: Principal) -> Principal? {
        principal.expiresAt.map { clock.now() < $0 } ?? true ? principal : nil
    }

    private func end(_ now: UInt64) -> UInt64 { now.addingReportingOverflow(maxAge).overflow ? .max : now + maxAge }

    /// Whether an organization exists.
    public func knows(organization id: ID) async throws(CommandError) -> Bool {
        let now = SystemClock.monotonic()
        let (until, revision) = state.withLock { ($0.organizations[id], $0.revision) }
        if let until, now < until { return true }
        do {
            let rows = try await database.query(
                "SELECT 1 FROM organizations WHERE id = $1 AND (deleted_at IS NULL) IS TRUE", [.id(id)], for: id
            )
            if rows.isEmpty { return false }
        } catch {
            throw .unavailable(error)
        }
        state.withLock { state in
            guard state.revision == revision else { return }
            if state.organizations.count >= Self.maxEntries { state.organizations.removeAll(keepingCapacity: true) }
            state.organizations[id] = end(now)
        }
        return true
    }

    /// Forgets everything, because something was revoked elsewhere, or may have been.
    public func forgetAll() {
        state.withLock { state in
            state.revision += 1
            state.principals.removeAll(keepingCapacity: true)
            state.organizations.removeAll(keepingCapacity: true)
        }
    }

    /// The principal of a secret; nil if no key in force has this secret.
    public func principal(_ secret: String) async throws(CommandError) -> Principal? {
        // A key is its bytes: one that looks the same, or that Unicode calls equivalent, is another key.
        let secret = secret.exact
        guard secret.utf8.count <= 128, secret.hasPrefix(APIKey.marker.exact) else { return nil }
        let now = SystemClock.monotonic()
        let (known, revision) = state.withLock { ($0.principals[secret], $0.revision) }
        if let known, now < known.until { return current(known.principal) }
        do {
            let rows = try await database.query(Self.owner, [.blob(APIKey.hash(secret.text))])
            guard let row = rows.first else { return nil }
            let record = try APIKey.Record(row: row)
            let principal = Principal(
                organizationID: record.organizationID, credential: "api_key:\(record.id)", scopes: record.scopes,
                expiresAt: record.expiresAt
            )
            state.withLock { state in
                guard state.revision == revision else { return }
                if state.principals.count >= Self.maxEntries { state.principals.removeAll(keepingCapacity: true) }
                state.principals[secret] = (record.id, principal, end(now))
            }
            return current(principal)
        } catch {
            throw .unavailable(error)
        }
    }

    /// Reads from the record whether a principal's credential is still valid.
    func isInForce(_ principal: Principal) async throws(CommandError) -> Bool {
        let marker = "api_key:"
        let key =
            principal.credential.exact.hasPrefix(marker.exact)
            ? ID(principal.credential.exact.dropFirst(marker.utf8.count).text) : nil
        do {
            let organization = "SELECT 1 FROM organizations o WHERE o.id = $1 AND (o.deleted_at IS NULL) IS TRUE"
            let rows =
                if let key {
                    try await database.query(
                        organization
                            + " AND EXISTS (SELECT 1 FROM api_keys k WHERE k.id = $2 AND k.revoked_at IS NULL)",
                        [.id(principal.organizationID), .id(key)], for: principal.organizationID
                    )
                } else {
                    try await database.query(
                        organization, [.id(principal.organizationID)], for: principal.organizationID
                    )
                }
            return !rows.isEmpty
        } catch {
            throw .unavailable(error)
        }
    }

    /// Forgets a revoked key, at once.
    public func forget(key id: ID) { forget { $0.id == id } }

    /// Forgets every key of a deleted organization, at once.
    public func forget(organization id: ID) {
        forget { $0.principal.organizationID == id }
        state.withLock { _ = $0.organizations.removeValue(forKey: id) }
    }

    private func forget(_ isGone: ((id: ID, principal: Principal, until: UInt64)) -> Bool) {
        state.withLock { state in
            state.revision += 1
            state.principals = state.principals.filter { !isGone($0.value) }
        }
    }
}
