public import JSON
import AlmanacRuntime
import Scheduling

extension CalendarSettings.Reminder {
    public static func read(_ key: String, of reader: ObjectReader) -> [Self]? {
        reader.optionalReaders(key, max: 10)?.compactMap { item in
            let channel = item.choice("channel", Channel.self)
            let before = item.int("before_minutes", in: 0...525_600)
            item.finish()
            guard let channel, let before else { return nil }
            return Self(channel: channel, beforeMinutes: before)
        }
    }
}

extension CalendarSettings.Reminder: JSONWritable, JSONReadable {
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("channel", channel.rawValue)
        writer.field("before_minutes", beforeMinutes)
        writer.endObject()
    }

    init?(json: JSON) {
        guard let channel = json["channel"]?.string.flatMap(Channel.init(named:)),
            let before = json["before_minutes"]?.int
        else { return nil }
        self.init(channel: channel, beforeMinutes: before)
    }
}
