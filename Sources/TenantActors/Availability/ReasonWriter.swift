public import JSON
import AlmanacRuntime
public import Scheduling

/// Writes the reasons why a time cannot be booked.
public enum ReasonWriter {
    /// The reasons of an explanation or a refusal.
    ///
    /// - Parameter namesBookings: whether the reader may see appointments; then the appointment that has the time is
    ///   named.
    public static func write(_ reasons: [Reason], namesBookings: Bool = false, to writer: inout JSONWriter) {
        writer.beginArray()
        for reason in reasons {
            writer.beginObject()
            writer.field("code", reason.code.rawValue)
            writer.field("detail", reason.detail)
            writer.field("from", reason.span.flatMap { $0.start == .distantPast ? nil : $0.start.rfc3339 })
            writer.field("to", reason.span.flatMap { $0.end == .distantFuture ? nil : $0.end.rfc3339 })
            let isNamed = namesBookings || reason.code != .booked
            writer.field("source_id", isNamed ? reason.sourceID?.description : nil)
            writer.endObject()
        }
        writer.endArray()
    }
}
