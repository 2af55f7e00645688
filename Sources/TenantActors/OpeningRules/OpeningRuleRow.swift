import JSON
import SQL
import AlmanacRuntime
import Scheduling

/// An item in columns. The columns are those of all kinds' tables; each kind uses some of them.
///
/// One statement selects all opening rules of a calendar, and the hot store keeps them in the same form. So one reader
/// reads both.
public struct OpeningRuleRow: Sendable {
    enum Column: Int, CaseIterable, Sendable {
        case kind, number, flag, startsOn, endsOn, startMinute, endMinute, rrule, text, exdates, rdates, list

        var type: SQLType {
            switch self {
            case .kind, .startsOn, .endsOn, .rrule, .text: .text
            case .number, .startMinute, .endMinute: .integer
            case .flag: .bool
            case .exdates, .rdates, .list: .json
            }
        }
    }

    /// The columns of a SELECT from a table that has some of them, and nulls for the others.
    static func list(_ names: [(name: String, column: Column)]) -> String {
        Column.allCases.map { column in
            // Without a type, PostgreSQL takes a column for text that the first tables of the union lack.
            names.first { $0.column == column }?.name ?? (column.type == .bool ? "CAST(NULL AS boolean)" : "NULL")
        }.joined(separator: ", ")
    }

    private(set) var values: [SQLValue]

    init() { values = Array(repeating: .null, count: Column.allCases.count) }

    /// Reads the columns of a row, beginning with `first`.
    init(_ row: SQLRow, at first: Int) throws(StoreError) {
        guard row.values.count == first + Column.allCases.count else {
            throw StoreError(.corrupt, "an opening rule's row is of another length")
        }
        values = Array(row.values[first...])
    }

    subscript(column: Column) -> SQLValue {
        get { values[column.rawValue] }
        set { values[column.rawValue] = newValue }
    }

    func text(_ column: Column) throws(StoreError) -> String { try SQLRow(values).text(column.rawValue) }

    func optionalText(_ column: Column) throws(StoreError) -> String? {
        let row = SQLRow(values)
        return row.isNull(column.rawValue) ? nil : try row.text(column.rawValue)
    }

    func int(_ column: Column) throws(StoreError) -> Int { try SQLRow(values).int(column.rawValue) }

    func bool(_ column: Column) throws(StoreError) -> Bool { try SQLRow(values).bool(column.rawValue) }

    func date(_ column: Column) throws(StoreError) -> CivilDate {
        guard let date = CivilDate(iso: try text(column)) else {
            throw StoreError(.corrupt, "an opening rule's date is none")
        }
        return date
    }

    /// Reads the output of ``SQLValue/dates(_:)``.
    func dates(_ column: Column) throws(StoreError) -> Set<CivilDate> {
        let texts = try SQLRow(values).json(column.rawValue).array ?? []
        let dates = Set(texts.compactMap { $0.string.flatMap(CivilDate.init(iso:)) })
        guard dates.count == texts.count else {
            throw StoreError(.corrupt, "an opening rule's list of dates has others")
        }
        return dates
    }

    /// Reads the output of ``SQLValue/numbers(_:)``: rows of `width` numbers.
    func numbers(_ column: Column, width: Int) throws(StoreError) -> [[Int]] {
        let rows = try SQLRow(values).json(column.rawValue).array ?? []
        let numbers = rows.map { ($0.array ?? []).compactMap(\.int) }
        guard numbers.allSatisfy({ $0.count == width }) else {
            throw StoreError(.corrupt, "an opening rule's list has rows of another length")
        }
        return numbers
    }

    // MARK: What several kinds have

    func interval() throws(StoreError) -> MinuteInterval { try Self.interval(int(.startMinute), int(.endMinute)) }

    mutating func set(_ interval: MinuteInterval) {
        self[.startMinute] = .int(interval.start)
        self[.endMinute] = .int(interval.end)
    }

    func recurrence() throws(StoreError) -> Recurrence {
        let rule: RecurrenceRule
        do throws(RecurrenceError) {
            rule = try RecurrenceRule(textOrEmpty(.rrule))
        } catch {
            throw StoreError(.corrupt, "an opening rule's recurrence rule cannot be read")
        }
        return Recurrence(
            rule: rule, startsOn: try date(.startsOn), startMinute: try interval().start, exdates: try dates(.exdates),
            rdates: try dates(.rdates)
        )
    }

    mutating func set(_ recurrence: Recurrence) {
        self[.rrule] = .text(recurrence.rule.text)
        self[.startsOn] = .date(recurrence.startsOn)
        self[.exdates] = .dates(recurrence.exdates)
        self[.rdates] = .dates(recurrence.rdates)
    }

    /// A missing rule is as invalid as an empty one.
    private func textOrEmpty(_ column: Column) -> String {
        if case .text(let text) = self[column] { text } else { "" }
    }

    static func interval(_ start: Int, _ end: Int) throws(StoreError) -> MinuteInterval {
        guard let interval = MinuteInterval(startMinute: start, endMinute: end) else {
            throw StoreError(.corrupt, "an opening rule's interval is out of range")
        }
        return interval
    }
}

extension SQLValue {
    /// The databases' typed values include no date, so a date is stored as text.
    static func date(_ date: CivilDate) -> SQLValue { .text(date.description) }

    static func dates(_ dates: Set<CivilDate>) -> SQLValue {
        .json(.array(dates.sorted().map { .string($0.description) }))
    }

    static func numbers(_ rows: [[Int]]) -> SQLValue {
        .json(.array(rows.map { .array($0.map { .number(JSONNumber($0)) }) }))
    }
}
