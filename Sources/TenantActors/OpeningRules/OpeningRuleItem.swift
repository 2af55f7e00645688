public import SQL
public import JSON
import AlmanacRuntime
public import Scheduling

/// One item that shapes a calendar's open time besides its settings: a rule, a buffer, a break or a blackout.
///
/// This protocol has what differs between the kinds. Storing, changing, sharing and reading are the same for all.
public protocol OpeningRuleItem: Hashable, Sendable {
    static var kind: OpeningRuleKind { get }

    /// Where ``StoredOpeningRules`` keeps the items of this kind.
    static var path: WritableKeyPath<StoredOpeningRules, [StoredOpeningRule<Self>]> { get }

    /// Reads a whole body; records every error, and returns nil if there is one.
    static func read(_ reader: ObjectReader) -> Self?

    /// Writes what ``read(_:)`` reads.
    func writeFields(to writer: inout JSONWriter)

    init(row: OpeningRuleRow) throws(StoreError)

    var row: OpeningRuleRow { get }

    /// Adds the item to the rules. Explanations name it by `id`, which is nil in a preview.
    func apply(to rules: inout SchedulingRules, id: ID?)

    /// The local dates whose slots the item may affect.
    var dates: ReachedDates { get }

    /// A value that no other item of the calendar may have; nil if there is no such limit.
    var uniqueKey: String? { get }

    /// The field with the value of ``uniqueKey``.
    static var uniqueField: String { get }

    /// How many dates the item lists individually.
    var listedDates: Int { get }

    /// How many steps of work the item needs: see ``Recurrence/work``.
    var work: Int { get }
}

extension OpeningRuleItem {
    public var uniqueKey: String? { nil }
    public static var uniqueField: String { "" }
    public var listedDates: Int { 0 }
    public var work: Int { 0 }
}
