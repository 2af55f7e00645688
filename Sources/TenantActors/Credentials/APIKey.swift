import SQL
import JSON
public import AlmanacRuntime
public import Scheduling

/// A credential of an organization. It is shown once, and stored as its hash.
public struct APIKey: Sendable {
    public struct Record: Sendable {
        public let id: ID
        public let organizationID: ID
        public let name: String
        /// The first characters, by which people recognize a key.
        public let prefix: String
        public let scopes: Set<Scope>
        public let createdAt: Instant
        /// When the key expires; nil if it does not.
        public let expiresAt: Instant?

        init(
            id: ID, organizationID: ID, name: String, prefix: String, scopes: Set<Scope>, createdAt: Instant,
            expiresAt: Instant?
        ) {
            self.id = id
            self.organizationID = organizationID
            self.name = name
            self.prefix = prefix
            self.scopes = scopes
            self.createdAt = createdAt
            self.expiresAt = expiresAt
        }

        init(row: SQLRow) throws(StoreError) {
            self.init(
                id: try row.id(0), organizationID: try row.id(1), name: try row.text(2), prefix: try row.text(3),
                scopes: APIKey.scopes(try row.json(4)), createdAt: try row.instant(5),
                expiresAt: try row.optional(6, row.instant)
            )
        }

        /// The resource, with the secret if the key was just created.
        public func json(secret: String? = nil) -> [UInt8] {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("id", id.description)
            writer.field("name", name)
            writer.field("prefix", prefix)
            writer.key("scopes")
            APIKey.json(scopes).write(to: &writer)
            writer.field("created_at", createdAt.rfc3339)
            writer.field("expires_at", expiresAt?.rfc3339)
            if let secret { writer.field("api_key", secret) }
            writer.endObject()
            return writer.bytes
        }
    }

    public let record: Record
    public let secret: String
    /// The row that stores the key.
    public let row: WriteRow

    public static let marker = "alm_live_"

    /// A new key of 192 random bits.
    public static func mint(
        name: String, scopes: Set<Scope>, expiresAt: Instant? = nil, organizationID: ID, ids: IDGenerator, now: Instant
    ) -> APIKey {
        let secret = marker + Base64URL.encode(ids.secret(bytes: 24))
        let record = Record(
            id: ids.next(), organizationID: organizationID, name: name,
            prefix: String(decoding: secret.utf8.prefix(13), as: UTF8.self),
            scopes: scopes, createdAt: now, expiresAt: expiresAt
        )
        let row = OrganizationWrites.insertKey.row([
            .id(record.id), .id(organizationID), .text(name), .text(record.prefix), .blob(hash(secret)),
            .json(json(scopes)), .instant(now), .instant(expiresAt),
        ])
        return APIKey(record: record, secret: secret, row: row)
    }

    /// A new key and the change that stores it, for tools that write without an actor.
    public static func minting(
        name: String, scopes: Set<Scope>, organizationID: ID, ids: IDGenerator, now: Instant, principal: String
    ) -> (key: APIKey, change: Change) {
        let key = mint(name: name, scopes: scopes, organizationID: organizationID, ids: ids, now: now)
        let audit = AuditEntry(
            id: ids.next(), action: "api_key.create", targetID: key.record.id, principal: principal, requestID: "",
            at: now
        )
        return (
            key,
            Change(key: organizationID, organizationID: organizationID, generation: nil, rows: [key.row], audit: audit)
        )
    }

    /// The stored form of a secret. The secret has enough entropy for a plain SHA-256.
    public static func hash(_ secret: String) -> [UInt8] { Secrets.digest(secret.utf8) }

    static func json(_ scopes: Set<Scope>) -> JSON {
        .array(Scope.allCases.filter(scopes.contains).map { .string($0.rawValue) })
    }

    static func scopes(_ json: JSON) -> Set<Scope> {
        Set((json.array ?? []).compactMap { $0.string.flatMap(Scope.init(named:)) })
    }
}
