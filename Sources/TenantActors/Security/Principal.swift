public import AlmanacRuntime
public import Scheduling
import Synchronization

/// Who asks, and for which organization.
public struct Principal: Sendable, Hashable {
    public let organizationID: ID
    /// `api_key:<id>` or `jwt:<sub>`.
    public let credential: String
    public let scopes: Set<Scope>
    /// A subject that sees only its own calendars; nil for one that sees all of the organization's.
    public let member: String?
    /// When the credential ends by itself; nil if it does not.
    public let expiresAt: Instant?

    public init(
        organizationID: ID, credential: String, scopes: Set<Scope>, member: String? = nil, expiresAt: Instant? = nil
    ) {
        self.organizationID = organizationID
        self.credential = credential
        self.scopes = scopes
        self.member = member
        self.expiresAt = expiresAt
    }
}

/// API keys in force: looked up once, then kept in memory until they are revoked here.
public final class APIKeyDirectory: Sendable {
    private struct State {
        var principals: [String: (id: ID, principal: Principal)] = [:]
        /// Raised by each revocation, so that a look-up under way does not bring back what it removed.
        var revision = 0
    }

    private static let maxEntries = 10_000
    private let database: any Database
    private let state = Mutex(State())

    public init(database: any Database) { self.database = database }

    /// The principal of a secret; nil if there is no such key in force.
    public func principal(_ secret: String) async throws(CommandError) -> Principal? {
        let (known, revision) = state.withLock { ($0.principals[secret]?.principal, $0.revision) }
        if let known { return known }
        guard secret.hasPrefix(APIKey.marker), secret.utf8.count <= 128 else { return nil }
        do {
            let rows = try await database.query(TenantReads.key, [.blob(APIKey.hash(secret))])
            guard let row = rows.first else { return nil }
            let record = try APIKey.Record(row: row)
            let principal = Principal(
                organizationID: record.organizationID, credential: "api_key:\(record.id)", scopes: record.scopes
            )
            state.withLock { state in
                guard state.revision == revision else { return }
                if state.principals.count >= Self.maxEntries { state.principals.removeAll(keepingCapacity: true) }
                state.principals[secret] = (record.id, principal)
            }
            return principal
        } catch {
            throw .unavailable(error)
        }
    }

    /// Whether the credential of a principal still counts, asked of the record.
    func isInForce(_ principal: Principal) async throws(CommandError) -> Bool {
        let marker = "api_key:"
        let key =
            principal.credential.hasPrefix(marker) ? ID(String(principal.credential.dropFirst(marker.count))) : nil
        do {
            let organization = "SELECT 1 FROM organizations o WHERE o.id = $1 AND o.deleted_at IS NULL"
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
    public func forget(organization id: ID) { forget { $0.principal.organizationID == id } }

    private func forget(_ isGone: ((id: ID, principal: Principal)) -> Bool) {
        state.withLock { state in
            state.revision += 1
            state.principals = state.principals.filter { !isGone($0.value) }
        }
    }
}
