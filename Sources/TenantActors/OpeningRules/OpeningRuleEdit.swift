import JSON
import AlmanacRuntime
import Scheduling

/// One change of a calendar's opening rules, as it is to be written.
struct OpeningRuleEdit {
    enum Verb: String {
        case create, update, delete

        /// What the event says has happened to the item.
        var participle: String { rawValue + "d" }
    }

    var kind: OpeningRuleKind
    var itemID: ID
    var verb: Verb
    /// All opening rules as they are to be.
    var openingRules: StoredOpeningRules
    var row: WriteRow
    /// Where slots may be others than before.
    var dates: ReachedDates

    /// What the audit log calls it.
    var action: String { "\(kind.source).\(verb.rawValue)" }

    /// The payload of `availability.changed`: what was changed, and the local dates it reaches where they are bounded.
    func payload(calendar: ID) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("calendar_id", calendar.description)
        writer.field("source", kind.source)
        writer.field("source_id", itemID.description)
        writer.field("change", verb.participle)
        if let from = dates.from { writer.field("from", from.description) }
        if let to = dates.to { writer.field("to", to.description) }
        writer.endObject()
        return writer.bytes
    }
}
