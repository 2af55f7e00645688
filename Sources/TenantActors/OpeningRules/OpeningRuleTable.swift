import SQL
import AlmanacRuntime
import Scheduling

/// The table of one kind of opening rule, and its writes.
///
/// A row is found by its id and version alone. Deleting raises the version, so the version of a living item never
/// belongs to a deleted row. With `deleted_at IS NULL` as a condition, PostgreSQL may read the whole partial index on
/// calendars instead, as long as the table is small.
struct OpeningRuleTable: Sendable {
    private let insert: WriteKind
    private let update: WriteKind
    private let delete: WriteKind
    private let columns: [OpeningRuleRow.Column]
    private let name: String
    private let list: String

    private init(_ name: String, _ columns: [(name: String, column: OpeningRuleRow.Column)]) {
        self.columns = columns.map(\.column)
        self.name = name
        list = OpeningRuleRow.list(columns)
        let own = columns.map { WriteKind.Column($0.name, $0.column.type) }
        let names = columns.map(\.name).joined(separator: ", ")
        let places = (5..<(5 + columns.count)).map { "$\($0)" }.joined(separator: ", ")
        let settings = columns.enumerated().map { "\($1.name) = $\($0 + 4)" }.joined(separator: ", ")
        insert = WriteKind(
            "\(name).insert", phase: .records,
            columns: [
                .init("id", .id), .init("organization_id", .id), .init("calendar_id", .id),
                .init("created_at", .instant),
            ] + own,
            sql: """
                INSERT INTO \(name) (id, organization_id, calendar_id, version, created_at, updated_at, \(names))
                VALUES ($1, $2, $3, 1, $4, $4, \(places))
                """
        )
        update = WriteKind(
            "\(name).update", phase: .records,
            columns: [.init("id", .id), .init("expected_version", .integer), .init("updated_at", .instant)] + own,
            sql: """
                UPDATE \(name) SET version = version + 1, updated_at = $3, \(settings)
                WHERE id = $1 AND version = $2
                """
        )
        delete = WriteKind(
            "\(name).delete", phase: .records,
            columns: [.init("id", .id), .init("expected_version", .integer), .init("deleted_at", .instant)],
            sql: """
                UPDATE \(name) SET version = version + 1, updated_at = $3, deleted_at = $3
                WHERE id = $1 AND version = $2
                """
        )
    }

    /// The rows of a calendar, marked with a number.
    func selection(_ number: Int) -> String {
        """
        SELECT \(number), id, version, created_at, updated_at, \(list)
        FROM \(name) WHERE calendar_id = $1 AND deleted_at IS NULL
        """
    }

    func insert(_ record: StoredOpeningRule<some OpeningRuleItem>, of calendar: CalendarRecord) -> WriteRow {
        insert.row(
            [.id(record.id), .id(calendar.organizationID), .id(calendar.id), .instant(record.createdAt)]
                + values(record.item.row)
        )
    }

    /// - Parameter record: the new state; its version is one more than that of the old state.
    func update(_ record: StoredOpeningRule<some OpeningRuleItem>) -> WriteRow {
        update.row(
            [.id(record.id), .int(record.version - 1), .instant(record.updatedAt)] + values(record.item.row)
        )
    }

    func delete(_ record: StoredOpeningRule<some OpeningRuleItem>, at now: Instant) -> WriteRow {
        delete.row([.id(record.id), .int(record.version), .instant(now)])
    }

    private func values(_ row: OpeningRuleRow) -> [SQLValue] { columns.map { row[$0] } }

    private static let rules = OpeningRuleTable(
        "availability_rules",
        [
            ("kind", .kind), ("effect", .text), ("rrule", .rrule), ("starts_on", .startsOn), ("ends_on", .endsOn),
            ("start_minute", .startMinute), ("end_minute", .endMinute), ("exdates", .exdates), ("rdates", .rdates),
            ("hours", .list), ("priority", .number),
        ]
    )
    private static let buffers = OpeningRuleTable("buffer_times", [("kind", .kind), ("minutes", .number)])
    private static let breaks = OpeningRuleTable(
        "break_times",
        [
            ("kind", .kind), ("days_of_week", .list), ("rrule", .rrule), ("starts_on", .startsOn),
            ("start_minute", .startMinute), ("end_minute", .endMinute), ("exdates", .exdates), ("rdates", .rdates),
        ]
    )
    private static let blackouts = OpeningRuleTable(
        "blackout_dates",
        [
            ("starts_on", .startsOn), ("ends_on", .endsOn), ("reason", .text), ("repeats_yearly", .flag),
        ]
    )

    static func of(_ kind: OpeningRuleKind) -> OpeningRuleTable {
        switch kind {
        case .rule: rules
        case .buffer: buffers
        case .pause: breaks
        case .blackout: blackouts
        }
    }
}
