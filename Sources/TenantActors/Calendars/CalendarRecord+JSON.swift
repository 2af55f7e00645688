public import JSON
import AlmanacRuntime
import Scheduling

extension CalendarRecord {
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", id.description)
        CalendarSettings.fields.write(settings, to: &writer)
        writer.field("version", version)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.endObject()
    }

    public var json: [UInt8] {
        var writer = JSONWriter(reserving: 1_024)
        write(to: &writer)
        return writer.bytes
    }
}
