public import SQL
public import JSON
import AlmanacRuntime
public import Scheduling

/// Local dates that are closed as a whole, whatever the other rules say.
public struct BlackoutDate: Hashable, Sendable {
    public var startsOn: CivilDate
    public var endsOn: CivilDate
    @Exact public var reason: String?
    public var repeatsYearly: Bool

    public init(from startsOn: CivilDate, through endsOn: CivilDate, reason: String? = nil, repeatsYearly: Bool = false)
    {
        self.startsOn = startsOn
        self.endsOn = endsOn
        self.reason = reason
        self.repeatsYearly = repeatsYearly
    }
}

extension BlackoutDate: OpeningRuleItem {
    public static var kind: OpeningRuleKind { .blackout }
    public static var path: WritableKeyPath<StoredOpeningRules, [StoredOpeningRule<Self>]> { \.blackouts }

    public var dates: ReachedDates { ReachedDates(from: startsOn, to: repeatsYearly ? nil : endsOn) }

    public func apply(to rules: inout SchedulingRules, id: ID?) {
        rules.openingRules.blackouts.append(
            .init(id: id, startsOn: startsOn, endsOn: endsOn, repeatsYearly: repeatsYearly)
        )
    }

    public static func read(_ reader: ObjectReader) -> BlackoutDate? {
        let range = reader.dateRange()
        let reason = reader.optionalString("reason", max: 1_000)
        let repeatsYearly = reader.optionalBool("repeats_yearly") ?? false
        reader.finish(ignoring: OpeningRuleFields.readOnly)
        guard let range else { return nil }
        return BlackoutDate(from: range.from, through: range.through, reason: reason, repeatsYearly: repeatsYearly)
    }

    public func writeFields(to writer: inout JSONWriter) {
        writer.field("starts_on", startsOn.description)
        writer.field("ends_on", endsOn.description)
        writer.field("reason", reason)
        writer.field("repeats_yearly", repeatsYearly)
    }

    // MARK: Columns

    public init(row: OpeningRuleRow) throws(StoreError) {
        self.init(
            from: try row.date(.startsOn), through: try row.date(.endsOn), reason: try row.optionalText(.text),
            repeatsYearly: try row.bool(.flag)
        )
    }

    public var row: OpeningRuleRow {
        var row = OpeningRuleRow()
        row[.startsOn] = .date(startsOn)
        row[.endsOn] = .date(endsOn)
        row[.text] = .text(reason)
        row[.flag] = .bool(repeatsYearly)
        return row
    }
}
