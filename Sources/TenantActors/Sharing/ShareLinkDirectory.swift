import SQL
import AlmanacRuntime
public import Scheduling
import Synchronization

/// Finds the share of a secret: it is looked up once, and then kept in memory.
///
/// The share of a secret never changes. Each request reads from the calendar whether the share still counts.
public final class ShareLinkDirectory: Sendable {
    /// The share with this hash of a secret. Only the answer tells whose calendar it opens.
    static let lookUp = NamedRead(
        "share_link", [.blob],
        sql: """
            SELECT organization_id, calendar_id, id FROM calendar_shares WHERE secret_hash = $1 AND deleted_at IS NULL
            """
    )

    /// The share that a secret opens.
    public struct Target: Sendable, Hashable {
        public let organization: ID
        public let calendar: ID
        public let share: ID

        public var principal: Principal { Principal(organizationID: organization, link: share) }
    }

    private static let maxEntries = 10_000
    private let database: any Database
    private let targets = Mutex<[ExactText: Target]>([:])

    init(database: any Database) { self.database = database }

    /// Nil if no share has this secret.
    public func target(_ secret: String) async throws(CommandError) -> Target? {
        let secret = secret.exact
        guard secret.utf8.count <= 64, secret.hasPrefix(ShareLink.marker.exact) else { return nil }
        if let target = targets.withLock({ $0[secret] }) { return target }
        do {
            let rows = try await database.query(Self.lookUp, [.blob(ShareLink.hash(secret.text))])
            guard let row = rows.first else { return nil }
            let target = Target(organization: try row.id(0), calendar: try row.id(1), share: try row.id(2))
            targets.withLock { targets in
                if targets.count >= Self.maxEntries { targets.removeAll(keepingCapacity: true) }
                targets[secret] = target
            }
            return target
        } catch {
            throw .unavailable(error)
        }
    }
}
