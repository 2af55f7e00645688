import AlmanacRuntime
import Scheduling

/// The value of an entry. Its owner is the name of the field.
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
        // The record stores a seat in 32 bits. The capacity does not limit it.
        guard kind < 4, seat <= Int32.max, span.end > span.start, span.end - span.start <= 86_400_000_000 else {
            throw HotFormatError()
        }
        return Occupancy.Entry(
            owner: owner, span: span, seat: seat, kind: kind < 2 ? .appointment : .hold,
            expiresAt: kind % 2 == 1 ? try reader.instant() : nil
        )
    }
}
