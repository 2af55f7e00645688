import SQL
import AlmanacRuntime
import Scheduling

/// A calendar's settings and opening rules, stored in the same rows as in the record, so that one reader reads both.
enum HotRecordField {
    static func encode(_ record: CalendarRecord) -> [UInt8] {
        var writer = HotWriter()
        writer.byte(HotCalendar.format)
        let row =
            [.id(record.id), .id(record.organizationID)] + CalendarSettings.fields.values(of: record.settings)
            + [
                .int(record.version), .instant(record.createdAt), .instant(record.updatedAt),
                .instant(record.isDeleted ? record.updatedAt : nil), .int(record.openingRulesVersion),
            ]
        write(row, to: &writer)
        let hours = record.settings.businessHours.intervals
        writer.count(hours.count)
        for (weekday, interval) in hours {
            writer.byte(UInt8(weekday.rawValue))
            writer.count(interval.start)
            writer.count(interval.end)
        }
        let openingRules = record.openingRules.rows
        writer.count(openingRules.count)
        for row in openingRules { write(row, to: &writer) }
        HotShares.write(record.shares, to: &writer)
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) -> CalendarRecord? {
        var reader = HotReader(bytes)
        guard let record = try? read(&reader), reader.isAtEnd, isSound(record.settings) else { return nil }
        return record
    }

    private static func read(_ reader: inout HotReader) throws -> CalendarRecord {
        guard try reader.byte() == HotCalendar.format else { throw HotFormatError() }
        let row = try readRow(&reader)
        var hours: [SQLRow] = []
        for _ in 0..<(try reader.count()) {
            let day = Int(try reader.byte())
            hours.append(SQLRow([.int(day), .int(try reader.count()), .int(try reader.count())]))
        }
        var openingRules: [SQLRow] = []
        for _ in 0..<(try reader.count()) { openingRules.append(try readRow(&reader)) }
        var record = try CalendarRecord(
            row: row, hours: CalendarRecord.hours(hours), openingRules: StoredOpeningRules(rows: openingRules)
        )
        record.shares = try HotShares.read(&reader)
        return record
    }

    /// Whether the numbers are such that rules can be made of them safely.
    private static func isSound(_ settings: CalendarSettings) -> Bool {
        let minutes = 1...1_440
        return minutes.contains(settings.slotDuration) && minutes.contains(settings.slotInterval)
            && settings.allowedDurations.allSatisfy(minutes.contains) && minutes.contains(settings.holdMinutes)
            && (1...3_650).contains(settings.horizonDays) && (1...1_000).contains(settings.capacity)
            && (0...525_600).contains(settings.minNotice)
    }

    private static func write(_ row: [SQLValue], to writer: inout HotWriter) {
        writer.count(row.count)
        for value in row { write(value, to: &writer) }
    }

    private static func readRow(_ reader: inout HotReader) throws(HotFormatError) -> SQLRow {
        var values: [SQLValue] = []
        for _ in 0..<(try reader.count()) { values.append(try readValue(&reader)) }
        return SQLRow(values)
    }

    private static func write(_ value: SQLValue, to writer: inout HotWriter) {
        switch value {
        case .null: writer.byte(0)
        case .integer(let value):
            writer.byte(1)
            writer.integer(value)
        case .text(let value):
            writer.byte(2)
            writer.block(value.utf8)
        case .blob(let value):
            writer.byte(3)
            writer.block(value)
        case .bool(let value):
            writer.byte(4)
            writer.byte(value ? 1 : 0)
        case .id(let value):
            writer.byte(5)
            writer.id(value)
        case .instant(let value):
            writer.byte(6)
            writer.integer(value.microseconds)
        case .json(let value):
            writer.byte(7)
            writer.block(value)
        }
    }

    private static func readValue(_ reader: inout HotReader) throws(HotFormatError) -> SQLValue {
        switch try reader.byte() {
        case 0: .null
        case 1: .integer(try reader.integer())
        case 2: .text(try reader.text())
        case 3: .blob(try reader.block())
        case 4: .bool(try reader.byte() != 0)
        case 5: .id(try reader.id())
        case 6: .instant(try reader.instant())
        case 7: .json(try reader.block())
        default: throw HotFormatError()
        }
    }
}
