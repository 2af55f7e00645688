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
        var layers = AvailabilityLayers(weekly: settings?.businessHours ?? .closed)
        for item in reader.optionalReaders("availability_rules", max: 1_000) ?? [] { rule(item, &layers) }
        for item in reader.optionalReaders("break_times", max: 1_000) ?? [] { pause(item, &layers) }
        for item in reader.optionalReaders("blackout_dates", max: 1_000) ?? [] { blackout(item, &layers) }
        let buffers = buffers(reader)
        reader.finish(ignoring: CalendarSettings.readOnlyFields)
        guard let settings, let zone = try? zones.zone(settings.timezone) else { return nil }
        var rules = settings.rules(zone: zone)
        rules.layers = layers
        rules.buffers = buffers
        if !hasHorizon { rules.horizonDays = nil }
        return rules
    }

    private static let ignored: Set<String> = ["id", "version", "created_at", "updated_at"]

    private static func rule(_ item: ObjectReader, _ layers: inout AvailabilityLayers) {
        switch item.string("kind", max: 20) {
        case "fixed":
            let date = item.date("date")
            let places = (item.readers("intervals", max: 200) ?? []).compactMap { reader in
                defer { reader.finish() }
                return MinuteInterval.read(reader).map { (interval: $0, pointer: reader.pointer) }
            }
            let intervals = places.map(\.interval)
            if let (earlier, later) = MinuteInterval.firstOverlap(intervals) {
                item.errors.add(
                    places[max(earlier, later)].pointer, code: "overlap",
                    message: "must not overlap another interval of the same date"
                )
            }
            if let date {
                if layers.fixedDates[date] != nil {
                    item.fail("date", code: "duplicate_date", message: "must not be the date of another fixed rule")
                }
                layers.fixedDates[date] = .init(id: nil, intervals: intervals)
            }
        case "custom":
            let startsOn = item.date("starts_on")
            let endsOn = item.date("ends_on")
            let hours = WeeklyHours.read("business_hours", of: item, required: true)
            let priority = item.optionalInt("priority", in: -1_000_000...1_000_000) ?? 0
            if let startsOn, let endsOn, let hours, inOrder(startsOn, endsOn, item) {
                layers.customWeeks.append(
                    .init(id: nil, startsOn: startsOn, endsOn: endsOn, hours: hours, priority: priority)
                )
            }
        case "recurring": return unsupported(item)
        case nil: return
        default: return item.fail("kind", code: "invalid_value", message: "must be one of fixed, custom, recurring")
        }
        item.finish(ignoring: ignored)
    }

    private static func pause(_ item: ObjectReader, _ layers: inout AvailabilityLayers) {
        let days: AvailabilityLayers.Break.Days?
        switch item.string("kind", max: 20) {
        case "fixed":
            let names = item.array("days_of_week", max: 7) ?? []
            if names.isEmpty, item.contains("days_of_week") {
                item.fail("days_of_week", code: "too_short", message: "must name at least one weekday")
            }
            var weekdays: Set<Weekday> = []
            for name in names {
                if let weekday = name.value.string.flatMap(Weekday.init(name:)) {
                    weekdays.insert(weekday)
                } else {
                    item.errors.add(
                        name.pointer, code: "invalid_weekday", message: "must be a weekday, monday to sunday"
                    )
                }
            }
            days = .weekdays(weekdays)
        case "one_time": days = item.date("date").map { .date($0) }
        case "recurring": return unsupported(item)
        case nil: return
        default: return item.fail("kind", code: "invalid_value", message: "must be one of fixed, one_time, recurring")
        }
        let interval = MinuteInterval.read(item)
        item.finish(ignoring: ignored)
        if let days, let interval { layers.breaks.append(.init(id: nil, days: days, interval: interval)) }
    }

    private static func blackout(_ item: ObjectReader, _ layers: inout AvailabilityLayers) {
        let startsOn = item.date("starts_on")
        let endsOn = item.date("ends_on")
        _ = item.optionalString("reason", max: 1_000)
        let repeats = item.optionalBool("repeats_yearly") ?? false
        item.finish(ignoring: ignored)
        if let startsOn, let endsOn, inOrder(startsOn, endsOn, item) {
            layers.blackouts.append(.init(id: nil, startsOn: startsOn, endsOn: endsOn, repeatsYearly: repeats))
        }
    }

    private static func buffers(_ reader: ObjectReader) -> SchedulingRules.Buffers {
        var buffers = SchedulingRules.Buffers()
        var seen: Set<String> = []
        for item in reader.optionalReaders("buffer_times", max: 3) ?? [] {
            let kind = item.parsed("kind", code: "invalid_value", message: "must be one of before, after, between") {
                ["before", "after", "between"].contains($0) ? $0 : nil
            }
            let minutes = item.int("minutes", in: 0...1440)
            item.finish(ignoring: ignored)
            guard let kind, let minutes else { continue }
            if !seen.insert(kind).inserted {
                item.fail("kind", code: "duplicate_kind", message: "must not be the kind of another buffer")
            }
            switch kind {
            case "before": buffers.before = minutes
            case "after": buffers.after = minutes
            default: buffers.between = minutes
            }
        }
        return buffers
    }

    private static func inOrder(_ start: CivilDate, _ end: CivilDate, _ item: ObjectReader) -> Bool {
        if start <= end { return true }
        item.fail("ends_on", code: "before_start", message: "must not be before starts_on")
        return false
    }

    private static func unsupported(_ item: ObjectReader) {
        item.fail("kind", code: "unsupported", message: "must not be recurring: this release has no recurrence rules")
    }
}
