import AlmanacRuntime
import Scheduling

/// A calendar in the hot store: one field for its settings and opening rules, and one for each entry of its occupancy.
///
/// Every field begins with a byte that names its format. If one field has an unknown format, as may happen while nodes
/// of two versions run side by side, the whole calendar counts as absent, and the reader uses the record.
struct HotCalendar {
    var record: CalendarRecord
    var version: HotVersion
    var entries: [Occupancy.Entry]

    static let format: UInt8 = 3
    static let recordField = "calendar"

    /// The key contains the tenant, so the store seals the value for this calendar of this tenant.
    static func key(_ key: CalendarKey) -> String { "calendar:\(key.organization):\(key.calendar)" }

    /// Nil if the value cannot be read.
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
