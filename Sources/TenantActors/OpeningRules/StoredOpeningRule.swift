public import JSON
import AlmanacRuntime
public import Scheduling

/// An opening rule's item as it is kept.
public struct StoredOpeningRule<Item: OpeningRuleItem>: Hashable, Sendable, Versioned {
    public let id: ID
    public var item: Item
    public var version: Int
    public let createdAt: Instant
    public var updatedAt: Instant

    public init(id: ID, item: Item, version: Int = 1, createdAt: Instant, updatedAt: Instant) {
        self.id = id
        self.item = item
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Writes the resource.
    public func write(to writer: inout JSONWriter, calendar: ID) {
        writer.beginObject()
        writer.field("id", id.description)
        writer.field("calendar_id", calendar.description)
        item.writeFields(to: &writer)
        writer.field("version", version)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.endObject()
    }

    public func json(calendar: ID) -> [UInt8] {
        var writer = JSONWriter()
        write(to: &writer, calendar: calendar)
        return writer.bytes
    }
}

/// What the bodies of all kinds have in common.
enum OpeningRuleFields {
    /// Fields that only the server sets: sent back they are accepted and ignored.
    static let readOnly: Set<String> = ["id", "calendar_id", "version", "created_at", "updated_at"]
}
