import JSON
import AlmanacRuntime
import Scheduling

/// One change of a calendar's opening rules.
struct OpeningRuleEdit {
    enum Verb: String {
        case create, update, delete

        /// How the event names the change.
        var participle: String { rawValue + "d" }
    }

    var kind: OpeningRuleKind
    var itemID: ID
    var verb: Verb
    /// All opening rules after the change.
    var openingRules: StoredOpeningRules
    var row: WriteRow
    /// The dates on which slots may change.
    var dates: ReachedDates

    /// How the audit log names the change.
    var action: String { "\(kind.source).\(verb.rawValue)" }

    /// The payload of `availability.changed`: the changed item, and the local dates that it affects, if they are
    /// bounded.
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
