public import AlmanacRuntime
public import Scheduling

/// Writes why a time cannot be booked.
public enum ReasonWriter {
    /// The reasons of an explanation or a refusal.
    public static func write(_ reasons: [Reason], to writer: inout JSONWriter) {
        writer.beginArray()
        for reason in reasons {
            writer.beginObject()
            writer.field("code", reason.code.rawValue)
            writer.field("detail", reason.detail)
            writer.field("from", reason.span.flatMap { $0.start == .distantPast ? nil : $0.start.rfc3339 })
            writer.field("to", reason.span.flatMap { $0.end == .distantFuture ? nil : $0.end.rfc3339 })
            writer.field("source_id", reason.sourceID?.description)
            writer.endObject()
        }
        writer.endArray()
    }
}
