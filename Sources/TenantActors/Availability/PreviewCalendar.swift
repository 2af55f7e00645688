import AlmanacRuntime
import Scheduling

/// Reads a calendar with all its layers into rules.
enum PreviewCalendar {
    static func read(_ reader: ObjectReader, zones: ZoneDatabase) -> SchedulingRules? {
        let name = reader.optionalString("name", min: 1, max: 200)
        let hasHorizon = reader.contains("horizon_days") && !reader.isNull("horizon_days")
        let settings = CalendarSettings.read(
            reader, name: name, zones: zones, kept: .init(), fallbackSlug: "calendar"
        )
        let rules = items(AvailabilityRule.self, of: reader)
        let buffers = items(BufferTime.self, of: reader)
        let breaks = items(BreakTime.self, of: reader)
        let blackouts = items(BlackoutDate.self, of: reader)
        reader.finish(ignoring: CalendarSettings.readOnlyFields)
        guard let settings, let zone = try? zones.zone(settings.timezone) else { return nil }
        var scheduling = settings.rules(zone: zone)
        for item in rules { item.apply(to: &scheduling, id: nil) }
        for item in buffers { item.apply(to: &scheduling, id: nil) }
        for item in breaks { item.apply(to: &scheduling, id: nil) }
        for item in blackouts { item.apply(to: &scheduling, id: nil) }
        if !hasHorizon { scheduling.horizonDays = nil }
        return scheduling
    }

    /// The list of one kind, as the answers of its own address have them.
    private static func items<Item: LayerItem>(_ type: Item.Type, of reader: ObjectReader) -> [Item] {
        var keys: Set<ExactText> = []
        return (reader.optionalReaders(Item.kind.source + "s", max: Item.kind.limit) ?? []).compactMap { reader in
            guard let item = Item.read(reader) else { return nil }
            if let key = item.uniqueKey, !keys.insert(key.exact).inserted {
                reader.fail(
                    Item.uniqueField, code: "duplicate_\(Item.uniqueField)",
                    message: "must not be the \(Item.uniqueField) of another \(Item.kind.noun)"
                )
            }
            return item
        }
    }
}
