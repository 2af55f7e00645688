import SQL
import AlmanacRuntime
import Scheduling

extension StoredOpeningRules {
    /// Selects a whole calendar except its settings, in one statement: its weekly hours, and all opening rules in the
    /// columns of ``OpeningRuleRow``.
    static let selection = """
        \(tables)
        UNION ALL
        SELECT \(week), NULL, NULL, NULL, NULL, \(hours) FROM business_hours WHERE calendar_id = $1
        """

    private static var tables: String {
        let selections = OpeningRuleKind.allCases.map { OpeningRuleTable.of($0).selection($0.rawValue) }
        return selections.joined(separator: " UNION ALL ")
    }

    private static var hours: String {
        OpeningRuleRow.list([
            ("day_of_week", .number), ("start_minute", .startMinute), ("end_minute", .endMinute),
        ])
    }

    /// The mark of the rows with weekly hours. Rows of opening rules are marked with the number of their kind.
    private static let week = 4

    /// Reads the rows of ``selection``.
    static func read(_ rows: [SQLRow]) throws(StoreError) -> (hours: WeeklyHours, openingRules: StoredOpeningRules) {
        var hours: [SQLRow] = []
        var others: [SQLRow] = []
        for row in rows {
            if try row.int(0) == week {
                let columns = try OpeningRuleRow(row, at: StoredOpeningRule<BufferTime>.columns)
                hours.append(SQLRow([columns[.number], columns[.startMinute], columns[.endMinute]]))
            } else {
                others.append(row)
            }
        }
        return (try CalendarRecord.hours(hours), try StoredOpeningRules(rows: others))
    }

    /// Reads the output of ``rows``.
    init(rows: [SQLRow]) throws(StoreError) {
        for row in rows {
            switch OpeningRuleKind(rawValue: try row.int(0)) {
            case .rule: rules.append(try StoredOpeningRule(row: row))
            case .buffer: buffers.append(try StoredOpeningRule(row: row))
            case .pause: breaks.append(try StoredOpeningRule(row: row))
            case .blackout: blackouts.append(try StoredOpeningRule(row: row))
            case nil: throw StoreError(.corrupt, "an opening rule's kind is unknown")
            }
        }
        rules.sort { $0.id < $1.id }
        buffers.sort { $0.id < $1.id }
        breaks.sort { $0.id < $1.id }
        blackouts.sort { $0.id < $1.id }
    }

    /// All items as rows of ``selection``.
    var rows: [[SQLValue]] {
        rules.map(\.values) + buffers.map(\.values) + breaks.map(\.values) + blackouts.map(\.values)
    }
}

extension StoredOpeningRule {
    /// How many columns precede those of the item.
    static var columns: Int { 5 }

    init(row: SQLRow) throws(StoreError) {
        self.init(
            id: try row.id(1), item: try Item(row: try OpeningRuleRow(row, at: Self.columns)), version: try row.int(2),
            createdAt: try row.instant(3), updatedAt: try row.instant(4)
        )
    }

    var values: [SQLValue] {
        [.int(Item.kind.rawValue), .id(id), .int(version), .instant(createdAt), .instant(updatedAt)] + item.row.values
    }
}
