import JSON
import AlmanacRuntime
import Scheduling

/// Reads a calendar with all its opening rules, and makes scheduling rules of it.
enum PreviewCalendar {
    static func read(_ reader: ObjectReader, _ services: TenantServices) -> SchedulingRules? {
        let zones = services.zones
        var work = RuleWork(limit: services.ruleSteps)
        let hasHorizon = reader.contains("horizon_days") && !reader.isNull("horizon_days")
        _ = reader.optionalString("name", min: 1, max: 200)
        let settings = CalendarSettings.read(reader, zones: zones, present: CalendarSettings(), except: ["name"])
        let rules = items(AvailabilityRule.self, of: reader, &work)
        let buffers = items(BufferTime.self, of: reader, &work)
        let breaks = items(BreakTime.self, of: reader, &work)
        let blackouts = items(BlackoutDate.self, of: reader, &work)
        reader.finish(ignoring: CalendarSettings.readOnlyFields)
        guard let zone = try? zones.zone(settings.timezone) else { return nil }
        var scheduling = settings.rules(zone: zone)
        for item in rules { item.apply(to: &scheduling, id: nil) }
        for item in buffers { item.apply(to: &scheduling, id: nil) }
        for item in breaks { item.apply(to: &scheduling, id: nil) }
        for item in blackouts { item.apply(to: &scheduling, id: nil) }
        if !hasHorizon { scheduling.horizonDays = nil }
        return scheduling
    }

    /// The list of one kind, in the form in which its own path returns it. When the rules read so far need too much
    /// work, no more are read.
    private static func items<Item: OpeningRuleItem>(
        _ type: Item.Type, of reader: ObjectReader, _ work: inout RuleWork
    ) -> [Item] {
        var keys: Set<ExactText> = []
        return (reader.optionalReaders(Item.kind.source + "s", max: Item.kind.limit) ?? []).compactMap { reader in
            guard !work.isOver, let item = Item.read(reader) else { return nil }
            work.steps += item.work
            if work.isOver { reader.fail("rrule", code: RuleWork.code, message: work.message) }
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
