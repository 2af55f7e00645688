import JSON
import AlmanacRuntime
import Foundation
import Logging
import Scheduling

/// Writes each log line as a JSON object: `time`, `level`, `message`, then its metadata, each key once.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        FileHandle.standardError.write(Data(line(event, at: SystemClock().now())))
    }

    /// If a key occurs twice, the value nearest to the event wins.
    func line(_ event: LogEvent, at now: Instant) -> [UInt8] {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("time", now.rfc3339)
        writer.field("level", event.level.rawValue)
        writer.field("message", event.message.description)
        for (key, value) in all.sorted(by: { $0.key < $1.key }) where !Self.own.contains(key) {
            writer.key(key)
            Self.write(value, to: &writer)
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static let own: Set<String> = ["time", "level", "message"]

    private static func write(_ value: Logger.Metadata.Value, to writer: inout JSONWriter) {
        switch value {
        case .string(let text): writer.value(text)
        case .stringConvertible(let value): writer.value(value.description)
        case .array(let values):
            writer.beginArray()
            for value in values { write(value, to: &writer) }
            writer.endArray()
        case .dictionary(let values):
            writer.beginObject()
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                writer.key(key)
                write(value, to: &writer)
            }
            writer.endObject()
        @unknown default: writer.value("\(value)")
        }
    }
}
