import JSON
import AlmanacRuntime
import NIOCore
import Scheduling
import TenantActors

/// What a client asks for.
enum ClientCommand {
    /// `id` is the subscription's id as a JSON string.
    case subscribe(id: [UInt8], FeedQuery)
    case unsubscribe(id: [UInt8])
    case ping

    private static let boundRule = "must be a date such as 2026-11-02 or an RFC 3339 instant with an offset"

    /// Reads a message. Unknown fields are refused, as everywhere in the API.
    static func read(
        _ text: ByteBuffer, zones: ZoneDatabase, includesAppointments: Bool
    ) throws(CommandFailure) -> ClientCommand {
        let json: JSON
        do throws(JSONParseError) {
            json = try JSON.parse(text.readableBytesView, limits: JSONLimits(maxDepth: 4, maxValues: 64))
        } catch {
            throw CommandFailure("invalid_json", error.message)
        }
        let errors = FieldErrors()
        guard let reader = ObjectReader(json, errors: errors), let op = reader.string("op", max: 64) else {
            throw CommandFailure(.validation(errors.all), id: id(json["id"]))
        }
        switch op.exact {
        case "subscribe": return try subscribe(reader, zones, includesAppointments)
        case "unsubscribe":
            let id = id(reader)
            try check(reader, id)
            return .unsubscribe(id: id ?? [])
        case "ping":
            try check(reader, nil)
            return .ping
        default:
            throw CommandFailure("unknown_op", "There is no such op.", id: id(json["id"]))
        }
    }

    private static func subscribe(
        _ reader: ObjectReader, _ zones: ZoneDatabase, _ includesAppointments: Bool
    ) throws(CommandFailure) -> ClientCommand {
        let id = id(reader)
        let calendar = reader.parsed("calendar_id", code: "invalid_id", message: "must be a UUID") { ID($0) }
        let from = reader.parsed("from", code: "invalid_range", message: boundRule) { RangeBound($0) }
        let to = reader.parsed("to", code: "invalid_range", message: boundRule) { RangeBound($0) }
        let zone = reader.optionalParsed(
            "timezone", code: "invalid_timezone", message: "must be an IANA time zone name of the installed database"
        ) { try? zones.zone($0) }
        let duration = reader.optionalInt("duration_minutes", in: 1...1440)
        let after = reader.optionalInt("after_seq", in: 0...Int.max)
        try check(reader, id)
        guard let id, let calendar, let from, let to else {
            throw CommandFailure(.validation(reader.errors.all), id: id)
        }
        let query = FeedQuery(
            calendarID: calendar, range: RangeQuery(from: from, to: to), zone: zone, duration: duration,
            afterSeq: after.map(Int64.init), includesAppointments: includesAppointments
        )
        return .subscribe(id: id, query)
    }

    /// Refuses what nobody asked for, and everything that was found wrong.
    private static func check(_ reader: ObjectReader, _ id: [UInt8]?) throws(CommandFailure) {
        reader.finish()
        if !reader.errors.isEmpty { throw CommandFailure(.validation(reader.errors.all), id: id) }
    }

    private static func id(_ reader: ObjectReader) -> [UInt8]? {
        reader.string("id", min: 1, max: 64, trimmed: false).map { JSON.string($0).serialized() }
    }

    /// The id of a message that is refused as a whole, if it has a sane one.
    private static func id(_ json: JSON?) -> [UInt8]? {
        guard let text = json?.string, (1...64).contains(text.unicodeScalars.count) else { return nil }
        return JSON.string(text).serialized()
    }
}
