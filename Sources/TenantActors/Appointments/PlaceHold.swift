public import JSON
import AlmanacRuntime
public import Scheduling

/// A command: reserve a time for some minutes.
public struct PlaceHold: Sendable {
    public var startsAt: Instant
    public var duration: Int?

    public static func read(_ reader: ObjectReader) -> PlaceHold? {
        let startsAt = reader.instant("starts_at")
        let duration = reader.optionalInt("duration_minutes", in: 1...1440)
        reader.finish(ignoring: ["hold_token", "ends_at", "expires_at"])
        guard let startsAt, reader.errors.isEmpty else { return nil }
        return PlaceHold(startsAt: startsAt, duration: duration)
    }
}
