public import AlmanacRuntime
public import JSON
import Scheduling

extension CalendarSettings {
    /// Fields that only the server sets: sent back they are accepted and ignored.
    public static let readOnlyFields: Set<String> = ["id", "version", "created_at", "updated_at"]

    /// All fields but those of the head. A zone needs the installed database: ``read(_:zones:)`` reads it.
    static let fields = FieldList<CalendarSettings>(all)

    private static let all: [Field<CalendarSettings>] = [
        .text("name", \.name, 1...200),
        Field("slug", \.slug, slug),
        .optionalText("description", \.description, max: 5000, multiline: true),
        Field("timezone", \.timezone, { _, _ in nil }),
        Field("color", \.color, color),
        .flag("is_active", \.isActive, default: true),
        Field("owner", \.owner, columns: Owner.columns, { reader, _ in .some(Owner.read("owner", of: reader)) }),
        Field("notify", \.notify, { reader, _ in reader.emails("notify", max: 20) ?? [] }),
        .int("slot_duration_minutes", \.slotDuration, 1...1440, default: 30),
        Field("allowed_durations_minutes", \.allowedDurations, durations),
        Field("slot_interval_minutes", \.slotInterval, interval),
        .int("min_notice_minutes", \.minNotice, 0...525_600, default: 0),
        .int("horizon_days", \.horizonDays, 1...3650, default: 60),
        .int("capacity", \.capacity, 1...1000, default: 1),
        .optionalInt("max_bookings_per_day", \.maxBookingsPerDay, 1...100_000),
        .flag("requires_confirmation", \.requiresConfirmation, default: false),
        .int("cancellation_notice_minutes", \.cancellationNotice, 0...525_600, default: 0),
        .int("reschedule_notice_minutes", \.rescheduleNotice, 0...525_600, default: 0),
        .int("hold_minutes", \.holdMinutes, 1...1440, default: 5),
        Field("reminders", \.reminders, { reader, _ in Reminder.read("reminders", of: reader) ?? Reminder.standard }),
        .optionalText("location", \.location, max: 500),
        // In a table of its own. The week has no default: left out it stays.
        Field(
            "business_hours", \.businessHours, columns: [],
            { reader, _ in WeeklyHours.read("business_hours", of: reader) }),
        Field("metadata", \.metadata, { reader, _ in reader.metadata("metadata") ?? .object(JSONObject()) }),
    ]

    /// Reads a whole calendar; fields left out take their defaults. Records every error and returns nil if there is one.
    ///
    /// - Parameter present: has the slug and the hours that stay where they are left out.
    public static func read(
        _ reader: ObjectReader, zones: ZoneDatabase, present: CalendarSettings? = nil
    ) -> CalendarSettings? {
        let settings = read(reader, zones: zones, present: present ?? CalendarSettings())
        reader.finish(ignoring: readOnlyFields)
        return reader.errors.isEmpty ? settings : nil
    }

    /// The same of a body that may have more, or that need not have some fields.
    static func read(
        _ reader: ObjectReader, zones: ZoneDatabase, present: CalendarSettings, except others: Set<String> = []
    ) -> CalendarSettings {
        var settings = CalendarSettings()
        (settings.slug, settings.businessHours) = (present.slug, present.businessHours)
        fields.read(reader, into: &settings, except: others) { name, settings in
            if name.exact == "timezone".exact { settings.timezone = reader.zone("timezone", zones)?.id ?? "" }
        }
        reader.refuse(unsupported: ["video"])
        if settings.slug.isEmpty { settings.slug = Slug.from(settings.name, fallback: "calendar") }
        settings.offerUsualDuration()
        return settings
    }

    /// These settings with a merge patch (RFC 7396) laid over them. What followed `slot_duration_minutes` goes on
    /// following it.
    func patched(_ patch: JSON, zones: ZoneDatabase) throws(ValidationError) -> CalendarSettings {
        let errors = FieldErrors()
        var settings = self
        if let reader = Self.fields.patch(&settings, by: patch, errors: errors) {
            if reader.contains("timezone") { settings.timezone = reader.zone("timezone", zones)?.id ?? "" }
            if !reader.contains("allowed_durations_minutes"), allowedDurations == [slotDuration] {
                settings.allowedDurations = [settings.slotDuration]
            }
            if !reader.contains("slot_interval_minutes"), slotInterval == slotDuration {
                settings.slotInterval = settings.slotDuration
            }
            settings.offerUsualDuration()
            reader.refuse(unsupported: ["video"])
            Self.refuseNullSlug(reader)
            reader.finish(ignoring: Self.readOnlyFields)
        }
        try errors.check()
        return settings
    }

    /// What is kept where it is left out has no default that null could bring back.
    static func refuseNullSlug(_ reader: ObjectReader) {
        if reader.isNull("slug") {
            reader.fail("slug", code: "type", message: "must not be null; leave it out to keep it as it is")
        }
    }

    private mutating func offerUsualDuration() {
        if !allowedDurations.contains(slotDuration) { allowedDurations.insert(slotDuration, at: 0) }
    }

    private static func slug(_ reader: ObjectReader, _ settings: CalendarSettings) -> String? {
        reader.optionalParsed(
            "slug", code: "invalid_slug", message: "must be lower-case letters, digits and single hyphens, at most 80"
        ) { Slug.isValid($0) ? $0 : nil }
    }

    private static func color(_ reader: ObjectReader, _ settings: CalendarSettings) -> String?? {
        .some(
            reader.optionalParsed("color", code: "invalid_color", message: "must be a color such as #1a2b3c") {
                isColor($0) ? $0 : nil
            })
    }

    private static func interval(_ reader: ObjectReader, _ settings: CalendarSettings) -> Int? {
        reader.optionalInt("slot_interval_minutes", in: 1...1440) ?? settings.slotDuration
    }

    private static func durations(_ reader: ObjectReader, _ settings: CalendarSettings) -> [Int]? {
        guard let items = reader.optionalArray("allowed_durations_minutes", max: 20) else {
            return [settings.slotDuration]
        }
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
        return durations
    }

    private static func isColor(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 7 && bytes[0] == UInt8(ascii: "#")
            && bytes.dropFirst().allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0 | 0x20
            }
    }
}
