import SQL
import JSON
import AlmanacRuntime
import Scheduling

extension CalendarRecord {
    /// What a look-up selects, in the order ``init(row:hours:opening rules:)`` reads it.
    static let selection = """
        SELECT id, organization_id, name, slug, description, timezone, color, is_active, owner_member_id, owner_name,
            owner_email, notify, slot_duration_minutes, allowed_durations_minutes, slot_interval_minutes,
            min_notice_minutes, horizon_days, capacity, max_bookings_per_day, requires_confirmation,
            cancellation_notice_minutes, reschedule_notice_minutes, hold_minutes, reminders, location, metadata,
            version, created_at, updated_at, deleted_at, layers_version
        FROM calendars
        """

    init(row: SQLRow, hours: WeeklyHours, openingRules: StoredOpeningRules = StoredOpeningRules()) throws(StoreError) {
        var owner: CalendarSettings.Owner?
        if !row.isNull(8) || !row.isNull(9) || !row.isNull(10) {
            owner = CalendarSettings.Owner(
                memberID: try row.optional(8, row.text), name: try row.optional(9, row.text),
                email: try row.optional(10, row.text)
            )
        }
        let settings = CalendarSettings(
            name: try row.text(2), slug: try row.text(3), description: try row.optional(4, row.text),
            timezone: try row.text(5), color: try row.optional(6, row.text), isActive: try row.bool(7), owner: owner,
            notify: (try row.json(11).array ?? []).compactMap(\.string), slotDuration: try row.int(12),
            allowedDurations: (try row.json(13).array ?? []).compactMap(\.int), slotInterval: try row.int(14),
            minNotice: try row.int(15), horizonDays: try row.int(16), capacity: try row.int(17),
            maxBookingsPerDay: try row.optional(18, row.int), requiresConfirmation: try row.bool(19),
            cancellationNotice: try row.int(20), rescheduleNotice: try row.int(21), holdMinutes: try row.int(22),
            reminders: CalendarSettings.Reminder.parse(try row.json(23)), location: try row.optional(24, row.text),
            businessHours: hours, metadata: try row.json(25)
        )
        self.init(
            id: try row.id(0), organizationID: try row.id(1), settings: settings, openingRules: openingRules,
            version: try row.int(26), openingRulesVersion: try row.int(30), createdAt: try row.instant(27),
            updatedAt: try row.instant(28), isDeleted: !row.isNull(29)
        )
    }

    /// Reads rows of `day_of_week, start_minute, end_minute` from column `first` on.
    static func hours(_ rows: some Sequence<SQLRow>, at first: Int = 0) throws(StoreError) -> WeeklyHours {
        var intervals: [(Weekday, MinuteInterval)] = []
        for row in rows {
            guard let weekday = Weekday(rawValue: try row.int(first)),
                let interval = MinuteInterval(startMinute: try row.int(first + 1), endMinute: try row.int(first + 2))
            else { throw StoreError(.corrupt, "a row of business_hours is out of range") }
            intervals.append((weekday, interval))
        }
        return WeeklyHours(intervals)
    }

    /// The values of the settings' columns, in the order of ``CalendarWrites/settingsColumns``.
    var settingsValues: [SQLValue] {
        [
            .text(settings.name), .text(settings.slug), .text(settings.description), .text(settings.timezone),
            .text(settings.color), .bool(settings.isActive), .text(settings.owner?.memberID),
            .text(settings.owner?.name), .text(settings.owner?.email),
            .json(.array(settings.notify.map { .string($0) })), .int(settings.slotDuration),
            .json(.array(settings.allowedDurations.map { .number(JSONNumber($0)) })), .int(settings.slotInterval),
            .int(settings.minNotice), .int(settings.horizonDays), .int(settings.capacity),
            .int(settings.maxBookingsPerDay), .bool(settings.requiresConfirmation), .int(settings.cancellationNotice),
            .int(settings.rescheduleNotice), .int(settings.holdMinutes),
            .json(CalendarSettings.Reminder.serialized(settings.reminders)), .text(settings.location),
            .json(settings.metadata),
        ]
    }
}
