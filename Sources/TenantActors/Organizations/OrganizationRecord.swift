import SQL
import JSON
import AlmanacRuntime
public import Scheduling

/// A stored organization.
public struct OrganizationRecord: Sendable, Versioned {
    public let id: ID
    public var name: String
    public var slug: String
    public var version: Int
    public let createdAt: Instant
    public var updatedAt: Instant

    static let selection = "SELECT id, name, slug, version, created_at, updated_at FROM organizations"

    public init(id: ID, name: String, slug: String, version: Int, createdAt: Instant, updatedAt: Instant) {
        self.id = id
        self.name = name
        self.slug = slug
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    init(row: SQLRow) throws(StoreError) {
        self.init(
            id: try row.id(0), name: try row.text(1), slug: try row.text(2), version: try row.int(3),
            createdAt: try row.instant(4), updatedAt: try row.instant(5)
        )
    }

    /// The resource, with its first API key if it was just created.
    public func json(apiKey: String? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("id", id.description)
        writer.field("name", name)
        writer.field("slug", slug)
        if let apiKey { writer.field("api_key", apiKey) }
        writer.field("version", version)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.endObject()
        return writer.bytes
    }
}
