public import JSON
public import AlmanacRuntime
public import Scheduling

extension CalendarSettings {
    /// Fields that only the server sets: sent back they are accepted and ignored.
    public static let readOnlyFields: Set<String> = ["id", "version", "created_at", "updated_at"]

    /// What is kept of the calendar's present settings where the request leaves it out.
    public struct Kept: Sendable {
        public var slug: String?
        public var businessHours: WeeklyHours

        public init(slug: String? = nil, businessHours: WeeklyHours = .closed) {
            self.slug = slug
            self.businessHours = businessHours
        }
    }

    /// Reads a whole calendar; fields left out take their defaults. Records every error and returns nil if there is one.
    public static func read(
        _ reader: ObjectReader, zones: ZoneDatabase, kept: Kept = Kept(), fallbackSlug: String = "calendar"
    ) -> CalendarSettings? {
        let name = reader.string("name", min: 1, max: 200)
        let settings = read(reader, name: name, zones: zones, kept: kept, fallbackSlug: fallbackSlug)
        reader.finish(ignoring: readOnlyFields)
        return reader.errors.isEmpty ? settings : nil
    }

    /// The fields of a calendar but its name, which a preview may leave out.
    static func read(
        _ reader: ObjectReader, name: String?, zones: ZoneDatabase, kept: Kept, fallbackSlug: String
    ) -> CalendarSettings? {
        let zone = reader.zone("timezone", zones)
        let slug = reader.optionalParsed(
            "slug", code: "invalid_slug", message: "must be lower-case letters, digits and single hyphens, at most 80"
        ) { Slug.isValid($0) ? $0 : nil }
        let duration = reader.optionalInt("slot_duration_minutes", in: 1...1440) ?? 30
        reader.refuse(unsupported: ["video"])
        let settings = CalendarSettings(
            name: name ?? "",
            slug: slug ?? kept.slug ?? Slug.from(name ?? "", fallback: fallbackSlug),
            description: reader.optionalString("description", max: 5000, multiline: true),
            timezone: zone?.id ?? "",
            color: reader.optionalParsed("color", code: "invalid_color", message: "must be a color such as #1a2b3c") {
                isColor($0) ? $0 : nil
            },
            isActive: reader.optionalBool("is_active") ?? true,
            owner: owner(reader),
            notify: reader.emails("notify", max: 20) ?? [],
            slotDuration: duration,
            allowedDurations: durations(reader, including: duration) ?? [duration],
            slotInterval: reader.optionalInt("slot_interval_minutes", in: 1...1440) ?? duration,
            minNotice: reader.optionalInt("min_notice_minutes", in: 0...525_600) ?? 0,
            horizonDays: reader.optionalInt("horizon_days", in: 1...3650) ?? 60,
            capacity: reader.optionalInt("capacity", in: 1...1000) ?? 1,
            maxBookingsPerDay: reader.optionalInt("max_bookings_per_day", in: 1...100_000),
            requiresConfirmation: reader.optionalBool("requires_confirmation") ?? false,
            cancellationNotice: reader.optionalInt("cancellation_notice_minutes", in: 0...525_600) ?? 0,
            rescheduleNotice: reader.optionalInt("reschedule_notice_minutes", in: 0...525_600) ?? 0,
            holdMinutes: reader.optionalInt("hold_minutes", in: 1...1440) ?? 5,
            reminders: Reminder.read("reminders", of: reader) ?? Reminder.standard,
            location: reader.optionalString("location", max: 500),
            businessHours: WeeklyHours.read("business_hours", of: reader) ?? kept.businessHours,
            metadata: reader.metadata("metadata") ?? .object(JSONObject())
        )
        return settings
    }

    private static func owner(_ reader: ObjectReader) -> Owner? {
        guard let owner = reader.optionalReader("owner") else { return nil }
        defer { owner.finish() }
        return Owner(
            memberID: owner.optionalString("member_id", min: 1, max: 255),
            name: owner.optionalString("name", min: 1, max: 200),
            email: owner.optionalEmail("email")
        )
    }

    private static func durations(_ reader: ObjectReader, including usual: Int) -> [Int]? {
        guard let items = reader.optionalArray("allowed_durations_minutes", max: 20) else { return nil }
        var durations: [Int] = []
        for item in items {
            guard let minutes = item.value.int, (1...1440).contains(minutes) else {
                reader.errors.add(item.pointer, code: "out_of_range", message: "must be an integer from 1 to 1440")
                continue
            }
            if !durations.contains(minutes) { durations.append(minutes) }
        }
        if items.isEmpty {
            reader.fail("allowed_durations_minutes", code: "too_short", message: "must name at least one duration")
        }
        return durations.contains(usual) ? durations : [usual] + durations
    }

    private static func isColor(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 7 && bytes[0] == UInt8(ascii: "#")
            && bytes.dropFirst().allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0 | 0x20
            }
    }
}

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

    public static func write(_ reminders: [Self], to writer: inout JSONWriter) {
        writer.beginArray()
        for reminder in reminders {
            writer.beginObject()
            writer.field("channel", reminder.channel.rawValue)
            writer.field("before_minutes", reminder.beforeMinutes)
            writer.endObject()
        }
        writer.endArray()
    }

    /// The same as text, for a column.
    static func serialized(_ reminders: [Self]) -> [UInt8] {
        var writer = JSONWriter()
        write(reminders, to: &writer)
        return writer.bytes
    }

    /// Reads what ``serialized(_:)`` wrote.
    static func parse(_ json: JSON) -> [Self] {
        (json.array ?? []).compactMap { item in
            guard let channel = item["channel"]?.string.flatMap(Channel.init(named:)),
                let before = item["before_minutes"]?.int
            else { return nil }
            return Self(channel: channel, beforeMinutes: before)
        }
    }
}
