import AlmanacRuntime
import Scheduling

/// A calendar as it is kept in the hot store: one field for its settings and opening rules, one for each entry of its occupancy.
///
/// Every field begins with a byte that names its format. If only one has a format that is not known here, as while nodes
/// of two versions run side by side, the whole counts as not there, and the reader goes to the record.
struct HotCalendar {
    var record: CalendarRecord
    var version: HotVersion
    var entries: [Occupancy.Entry]

    static let format: UInt8 = 3
    static let recordField = "calendar"

    /// It names the tenant too: what the store seals under it is for this calendar of this tenant.
    static func key(_ key: CalendarKey) -> String { "calendar:\(key.organization):\(key.calendar)" }

    /// Nil if there is nothing here that can be read.
    init?(_ kept: HotRecord) {
        guard let bytes = kept.fields[Self.recordField], let record = HotRecordField.decode(bytes) else { return nil }
        self.record = record
        version = kept.version
        entries = []
        entries.reserveCapacity(kept.fields.count)
        for (field, value) in kept.fields where field.exact != Self.recordField.exact {
            guard let owner = ID(field), let entry = HotEntry.decode(value, owner: owner) else { return nil }
            entries.append(entry)
        }
    }

    /// All fields of a calendar.
    static func fields(
        _ record: CalendarRecord, _ entries: [Occupancy.Entry]
    ) -> [(field: String, value: [UInt8])] {
        [(recordField, HotRecordField.encode(record))] + entries.map(field)
    }

    static func field(_ entry: Occupancy.Entry) -> (field: String, value: [UInt8]) {
        (field(of: entry.owner), HotEntry.encode(entry))
    }

    static func field(of owner: ID) -> String { owner.description }
}

/// An entry's value; its owner is the field's name.
enum HotEntry {
    static func encode(_ entry: Occupancy.Entry) -> [UInt8] {
        var writer = HotWriter()
        write(entry, to: &writer)
        return writer.bytes
    }

    static func write(_ entry: Occupancy.Entry, to writer: inout HotWriter) {
        writer.byte(HotCalendar.format)
        writer.byte(kind(entry))
        writer.count(entry.seat)
        writer.integer(entry.span.start.microseconds)
        writer.integer(entry.span.end.microseconds)
        if let expiresAt = entry.expiresAt { writer.integer(expiresAt.microseconds) }
    }

    private static func kind(_ entry: Occupancy.Entry) -> UInt8 {
        switch entry.kind {
        case .appointment: entry.expiresAt == nil ? 0 : 1
        case .hold: entry.expiresAt == nil ? 2 : 3
        }
    }

    static func decode(_ bytes: [UInt8], owner: ID) -> Occupancy.Entry? {
        var reader = HotReader(bytes)
        guard let entry = try? read(&reader, owner: owner), reader.isAtEnd else { return nil }
        return entry
    }

    static func read(_ reader: inout HotReader, owner: ID) throws(HotFormatError) -> Occupancy.Entry {
        guard try reader.byte() == HotCalendar.format else { throw HotFormatError() }
        let kind = try reader.byte()
        let seat = try reader.count()
        let span = Span(try reader.instant(), try reader.instant())
        // The record keeps a seat in 32 bits; a capacity does not bound it.
        guard kind < 4, seat <= Int32.max, span.end > span.start, span.end - span.start <= 86_400_000_000 else {
            throw HotFormatError()
        }
        return Occupancy.Entry(
            owner: owner, span: span, seat: seat, kind: kind < 2 ? .appointment : .hold,
            expiresAt: kind % 2 == 1 ? try reader.instant() : nil
        )
    }
}
