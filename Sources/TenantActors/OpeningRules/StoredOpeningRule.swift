public import JSON
import AlmanacRuntime
public import Scheduling

/// A stored item of an opening rule.
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

/// The fields that the bodies of all kinds share.
enum OpeningRuleFields {
    /// Fields that only the server sets. Requests may repeat them; they are ignored.
    static let readOnly: Set<String> = ["id", "calendar_id", "version", "created_at", "updated_at"]
}
