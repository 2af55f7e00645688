public import JSON
import AlmanacRuntime
public import Scheduling

extension WeeklyHours: JSONWritable {
    /// Reads `[{"day_of_week","start","end"}]`; overlap inside one weekday is an error, counted to an interval's end.
    ///
    /// Null is refused, because the week has no default. If it is left out, the week stays; an empty list closes it.
    public static func read(_ key: String, of reader: ObjectReader, required: Bool = false) -> WeeklyHours? {
        if !required, reader.isNull(key) {
            _ = reader.raw(key)
            reader.fail(
                key, code: "type", message: "must be an array; leave it out to keep the hours, [] closes the week")
            return nil
        }
        let readers = required ? reader.readers(key, max: 200) : reader.optionalReaders(key, max: 200)
        guard let readers else { return nil }
        var intervals: [(Weekday, MinuteInterval)] = []
        var places: [[(interval: MinuteInterval, pointer: String)]] = Array(repeating: [], count: 7)
        for item in readers {
            let weekday = item.parsed(
                "day_of_week", code: "invalid_weekday", message: "must be a weekday, monday to sunday",
                Weekday.init(name:)
            )
            let interval = MinuteInterval.read(item)
            item.finish()
            guard let weekday, let interval else { continue }
            intervals.append((weekday, interval))
            places[weekday.rawValue].append((interval, item.pointer))
        }
        for day in places {
            if let (earlier, later) = MinuteInterval.firstOverlap(day.map(\.interval)) {
                reader.errors.add(
                    day[max(earlier, later)].pointer, code: "overlap",
                    message: "must not overlap another interval of the same day_of_week"
                )
            }
        }
        return WeeklyHours(intervals)
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for (weekday, interval) in intervals {
            writer.beginObject()
            writer.field("day_of_week", weekday.name)
            interval.writeFields(to: &writer)
            writer.endObject()
        }
        writer.endArray()
    }
}

extension MinuteInterval {
    /// Reads `start` and `end`. `24:00` can only be an end. An end before its start lies on the next day.
    public static func read(_ reader: ObjectReader) -> MinuteInterval? {
        let start = reader.parsed(
            "start", code: "invalid_time", message: "must be a wall-clock time from 00:00 to 23:59"
        ) { LocalTime(hhmm: $0) }
        let end = reader.parsed(
            "end", code: "invalid_time", message: "must be a wall-clock time from 00:00 to 24:00"
        ) { LocalTime(hhmm: $0, allowing24: true) }
        guard let start, let end else { return nil }
        return MinuteInterval(start: start, end: end)
    }

    /// Writes `start` and `end` as wall-clock times. Midnight at the end of the same day is `24:00`.
    public func writeFields(to writer: inout JSONWriter) {
        writer.field("start", Self.clock(start))
        writer.field("end", end == 1440 ? "24:00" : Self.clock(end % 1440))
    }

    private static func clock(_ minute: Int) -> String {
        let hour = minute / 60
        let rest = minute % 60
        return (hour < 10 ? "0\(hour)" : "\(hour)") + (rest < 10 ? ":0\(rest)" : ":\(rest)")
    }
}
