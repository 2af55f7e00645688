public import SQL
public import JSON
import AlmanacRuntime
public import Scheduling

/// Time that stays free around bookings. A calendar has at most one buffer of each kind.
public struct BufferTime: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable { case before, after, between }

    public var buffer: Kind
    public var minutes: Int

    public init(_ buffer: Kind, minutes: Int) {
        self.buffer = buffer
        self.minutes = minutes
    }
}

extension BufferTime: OpeningRuleItem {
    public static var kind: OpeningRuleKind { .buffer }
    public static var path: WritableKeyPath<StoredOpeningRules, [StoredOpeningRule<Self>]> { \.buffers }
    public static var uniqueField: String { "kind" }

    public var uniqueKey: String? { buffer.rawValue }
    public var dates: ReachedDates { ReachedDates() }

    public func apply(to rules: inout SchedulingRules, id: ID?) {
        switch buffer {
        case .before: rules.buffers.before = minutes
        case .after: rules.buffers.after = minutes
        case .between: rules.buffers.between = minutes
        }
    }

    public static func read(_ reader: ObjectReader) -> BufferTime? {
        let buffer = reader.choice("kind", Kind.self)
        let minutes = reader.int("minutes", in: 0...1440)
        reader.finish(ignoring: OpeningRuleFields.readOnly)
        guard let buffer, let minutes else { return nil }
        return BufferTime(buffer, minutes: minutes)
    }

    public func writeFields(to writer: inout JSONWriter) {
        writer.field("kind", buffer.rawValue)
        writer.field("minutes", minutes)
    }

    // MARK: Columns

    public init(row: OpeningRuleRow) throws(StoreError) {
        let minutes = try row.int(.number)
        guard let buffer = Kind(named: try row.text(.kind)), (0...1440).contains(minutes) else {
            throw StoreError(.corrupt, "a buffer's kind or length is unknown")
        }
        self.init(buffer, minutes: minutes)
    }

    public var row: OpeningRuleRow {
        var row = OpeningRuleRow()
        row[.kind] = .text(buffer.rawValue)
        row[.number] = .int(minutes)
        return row
    }
}
