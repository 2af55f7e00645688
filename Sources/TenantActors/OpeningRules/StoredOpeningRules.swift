import JSON
import AlmanacRuntime
public import Scheduling

/// Everything that shapes a calendar's open time besides its settings. The items of each kind are in order of id.
public struct StoredOpeningRules: Hashable, Sendable {
    public var rules: [StoredOpeningRule<AvailabilityRule>] = []
    public var buffers: [StoredOpeningRule<BufferTime>] = []
    public var breaks: [StoredOpeningRule<BreakTime>] = []
    public var blackouts: [StoredOpeningRule<BlackoutDate>] = []

    /// How many dates all items together may list individually. This limits a calendar's memory.
    static let maxListedDates = 20_000

    public init() {}

    func record<Item: OpeningRuleItem>(_ id: ID, of type: Item.Type) -> StoredOpeningRule<Item>? {
        self[keyPath: Item.path].first { $0.id == id }
    }

    /// Adds an item, or replaces the one with its id.
    mutating func put<Item: OpeningRuleItem>(_ record: StoredOpeningRule<Item>) {
        var records = self[keyPath: Item.path]
        let index = records.firstIndex { $0.id >= record.id } ?? records.count
        if index < records.count, records[index].id == record.id {
            records[index] = record
        } else {
            records.insert(record, at: index)
        }
        self[keyPath: Item.path] = records
    }

    mutating func remove<Item: OpeningRuleItem>(_ id: ID, of type: Item.Type) {
        self[keyPath: Item.path].removeAll { $0.id == id }
    }

    /// Why an item cannot be added, or cannot replace the item `replaced`; nil if it can.
    func conflict<Item: OpeningRuleItem>(of item: Item, replacing replaced: ID? = nil) -> ResourceConflict? {
        let others = self[keyPath: Item.path].filter { $0.id != replaced }
        if let key = item.uniqueKey, others.contains(where: { $0.item.uniqueKey?.exact == key.exact }) {
            return .duplicate(Item.uniqueField, of: Item.kind.noun)
        }
        if others.count >= Item.kind.limit {
            return .limitExceeded("A calendar has at most \(Item.kind.limit) \(Item.kind.noun)s.")
        }
        let replacedDates = replaced.flatMap { record($0, of: Item.self) }?.item.listedDates ?? 0
        if item.listedDates > 0, listedDates - replacedDates + item.listedDates > Self.maxListedDates {
            return .limitExceeded("All exdates and rdates of a calendar are at most \(Self.maxListedDates).")
        }
        return nil
    }

    /// Whether an item needs too much work beside these, added or in place of `replaced`; nil if it does not. An item
    /// that needs no more work than the one that it replaces is always accepted.
    func excess<Item: OpeningRuleItem>(of item: Item, replacing replaced: ID? = nil, limit: Int) -> FieldError? {
        let old = replaced.flatMap { record($0, of: Item.self) }?.item.work ?? 0
        guard item.work > old else { return nil }
        let known = rules.reduce(0) { $0 + $1.item.work } + breaks.reduce(0) { $0 + $1.item.work }
        let work = RuleWork(limit: limit, steps: known - old + item.work)
        return work.isOver ? FieldError(pointer: "/rrule", code: RuleWork.code, message: work.message) : nil
    }

    private var listedDates: Int {
        rules.reduce(0) { $0 + $1.item.listedDates } + breaks.reduce(0) { $0 + $1.item.listedDates }
    }

    /// Adds them to the rules of the settings.
    func apply(to scheduling: inout SchedulingRules) {
        for record in rules { record.item.apply(to: &scheduling, id: record.id) }
        for record in buffers { record.item.apply(to: &scheduling, id: record.id) }
        for record in breaks { record.item.apply(to: &scheduling, id: record.id) }
        for record in blackouts { record.item.apply(to: &scheduling, id: record.id) }
    }

    /// About how many bytes they take in the hot store.
    var size: Int { 128 * (rules.count + buffers.count + breaks.count + blackouts.count) + 14 * listedDates }
}

extension CalendarRecord {
    /// The scheduling rules of the calendar's settings and opening rules together, in the zone of the settings.
    public func rules(zone: Zone) -> SchedulingRules {
        var rules = settings.rules(zone: zone)
        openingRules.apply(to: &rules)
        return rules
    }
}
