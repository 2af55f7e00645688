import SQL
import AlmanacRuntime
import Scheduling

/// Rows of calendars, their heads and their hours.
enum CalendarWrites {
    private static let settings = CalendarSettings.fields

    static let insert = WriteKind(
        "calendar.insert", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("created_at", .instant),
        ] + settings.columns,
        sql: """
            INSERT INTO calendars
                (id, organization_id, created_at, updated_at, version, \(settings.names))
            VALUES ($1, $2, $3, $3, 1, \(settings.places(from: 4)))
            """
    )

    static let head = WriteKind(
        "calendar_head.insert", phase: .records, columns: [.init("calendar_id", .id), .init("organization_id", .id)],
        sql: "INSERT INTO calendar_heads (calendar_id, organization_id) VALUES ($1, $2)"
    )

    /// New settings; stale if the version has moved.
    static let update = WriteKind(
        "calendar.update", phase: .records,
        columns: [
            .init("id", .id), .init("expected_version", .integer), .init("updated_at", .instant),
        ] + settings.columns,
        sql: """
            UPDATE calendars SET version = version + 1, updated_at = $3,
                \(settings.settings(from: 4))
            WHERE id = $1 AND version = $2 AND (deleted_at IS NULL) IS TRUE
            """
    )

    static let softDelete = WriteKind(
        "calendar.delete", phase: .records,
        columns: [.init("id", .id), .init("expected_version", .integer), .init("deleted_at", .instant)],
        sql: """
            UPDATE calendars SET version = version + 1, updated_at = $3, deleted_at = $3
            WHERE id = $1 AND version = $2 AND (deleted_at IS NULL) IS TRUE
            """
    )

    /// Raises the number of the opening rules; stale if another change came first.
    private static let openingRules = WriteKind(
        "calendar.opening_rules", phase: .records,
        columns: [.init("id", .id), .init("expected_version", .integer)],
        sql: """
            UPDATE calendars SET layers_version = layers_version + 1
            WHERE id = $1 AND layers_version = $2 AND (deleted_at IS NULL) IS TRUE
            """
    )

    static func changeOpeningRules(_ record: CalendarRecord) -> WriteRow {
        openingRules.row([.id(record.id), .int(record.openingRulesVersion)])
    }

    static let deleteHours = WriteKind(
        "business_hours.delete", phase: .records, columns: [.init("calendar_id", .id)], expects: .any,
        sql: "DELETE FROM business_hours WHERE calendar_id = $1"
    )

    static let insertHours = WriteKind(
        "business_hours.insert", phase: .records,
        columns: [
            .init("calendar_id", .id), .init("day_of_week", .integer), .init("start_minute", .integer),
            .init("end_minute", .integer), .init("organization_id", .id),
        ],
        sql: """
            INSERT INTO business_hours (calendar_id, day_of_week, start_minute, end_minute, organization_id)
            VALUES ($1, $2, $3, $4, $5)
            """
    )

    static func insert(_ record: CalendarRecord) -> [WriteRow] {
        [
            insert.row(
                [.id(record.id), .id(record.organizationID), .instant(record.createdAt)]
                    + settings.values(of: record.settings)
            ),
            head.row([.id(record.id), .id(record.organizationID)]),
        ] + hours(record)
    }

    /// - Parameter record: the new state; its version is one more than that of the old state.
    static func update(_ record: CalendarRecord) -> [WriteRow] {
        [
            update.row(
                [.id(record.id), .int(record.version - 1), .instant(record.updatedAt)]
                    + settings.values(of: record.settings)
            ),
            deleteHours.row([.id(record.id)]),
        ] + hours(record)
    }

    private static func hours(_ record: CalendarRecord) -> [WriteRow] {
        record.settings.businessHours.intervals.map { weekday, interval in
            insertHours.row([
                .id(record.id), .int(weekday.rawValue), .int(interval.start), .int(interval.end),
                .id(record.organizationID),
            ])
        }
    }
}
