public import SQL
public import JSON
import AlmanacRuntime
public import Scheduling

/// One thing that shapes what a calendar offers, beside its settings: a rule, a buffer, a break, a blackout.
///
/// What differs between the kinds is said here. How they are stored, changed, shared and asked for is the same for all.
public protocol OpeningRuleItem: Hashable, Sendable {
    static var kind: OpeningRuleKind { get }

    /// Where a calendar has them.
    static var path: WritableKeyPath<StoredOpeningRules, [StoredOpeningRule<Self>]> { get }

    /// Reads a body whole; records every error, and returns nil if there is one.
    static func read(_ reader: ObjectReader) -> Self?

    /// Writes what ``read(_:)`` reads.
    func writeFields(to writer: inout JSONWriter)

    init(row: OpeningRuleRow) throws(StoreError)

    var row: OpeningRuleRow { get }

    /// Makes it a part of the rules. `id` is what explanations name; nil in a preview.
    func apply(to rules: inout SchedulingRules, id: ID?)

    /// The local dates whose slots it may alter.
    var dates: ReachedDates { get }

    /// What no second one of a calendar may have; nil if it may stand beside all others.
    var uniqueKey: String? { get }

    /// The field that ``uniqueKey`` is the value of.
    static var uniqueField: String { get }

    /// How many dates it lists one by one.
    var listedDates: Int { get }

    /// How many steps of work it is: see ``Recurrence/work``.
    var work: Int { get }
}

extension OpeningRuleItem {
    public var uniqueKey: String? { nil }
    public static var uniqueField: String { "" }
    public var listedDates: Int { 0 }
    public var work: Int { 0 }
}
