import JSON
import AlmanacRuntime
import Scheduling
import Synchronization

/// The payload of a hold's events.
enum HoldPayload {
    static func json(_ entry: Occupancy.Entry) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("starts_at", entry.span.start.rfc3339)
        writer.field("ends_at", entry.span.end.rfc3339)
        writer.field("expires_at", entry.expiresAt?.rfc3339)
        writer.endObject()
        return writer.bytes
    }
}
