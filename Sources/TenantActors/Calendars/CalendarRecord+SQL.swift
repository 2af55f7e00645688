import SQL
import JSON
import AlmanacRuntime
import Scheduling

extension CalendarRecord {
    /// What a look-up selects, in the order in which ``init(row:hours:openingRules:)`` reads it.
    static let selection = """
        SELECT id, organization_id, \(settingsNames), version, created_at, updated_at, deleted_at, layers_version
        FROM calendars
        """

    private static let settingsNames = CalendarSettings.fields.names

    init(row: SQLRow, hours: WeeklyHours, openingRules: StoredOpeningRules = StoredOpeningRules()) throws(StoreError) {
        var settings = CalendarSettings()
        try CalendarSettings.fields.load(row, from: 2, into: &settings)
        settings.businessHours = hours
        let next = 2 + CalendarSettings.fields.columns.count
        self.init(
            id: try row.id(0), organizationID: try row.id(1), settings: settings, openingRules: openingRules,
            version: try row.int(next), openingRulesVersion: try row.int(next + 4),
            createdAt: try row.instant(next + 1),
            updatedAt: try row.instant(next + 2), isDeleted: !row.isNull(next + 3)
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
}
