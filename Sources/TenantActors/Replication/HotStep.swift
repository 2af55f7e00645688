import AlmanacRuntime
import Scheduling

/// One change of a calendar, for its followers.
struct HotStep {
    /// The calendar's number after the change.
    var seq: Int64
    var set: [Occupancy.Entry] = []
    var removed: [ID] = []
    /// The calendar's settings and opening rules, if they changed.
    var record: CalendarRecord?
    var happening: Feed.Happening?

    init(seq: Int64, _ decision: Decision, record: CalendarRecord? = nil, happening: Feed.Happening? = nil) {
        self.seq = seq
        self.record = record
        self.happening = happening
        switch decision {
        case .occupy(let entry), .confirm(let entry):
            set = [
                Occupancy.Entry(
                    owner: entry.owner, span: entry.span, seat: entry.seat, kind: entry.kind,
                    expiresAt: entry.expiresAt
                )
            ]
        case .vacate(let owner): removed = [owner]
        case .expire(let entry): removed = [entry.owner]
        case .reconfigure, .record: break
        }
    }

    private init(seq: Int64) { self.seq = seq }

    /// About how many bytes the change takes.
    var size: Int {
        let settings = record.map { 2_048 + $0.openingRules.size + $0.shares.count * 64 } ?? 0
        return 128 + (happening?.payload.count ?? 0) + settings
    }

    func write(to writer: inout HotWriter) {
        writer.integer(seq)
        writer.count(set.count)
        for entry in set {
            writer.id(entry.owner)
            HotEntry.write(entry, to: &writer)
        }
        writer.count(removed.count)
        for owner in removed { writer.id(owner) }
        writer.block(record.map(HotRecordField.encode) ?? [])
        writer.byte(happening == nil ? 0 : 1)
        guard let happening else { return }
        writer.block(happening.type.utf8)
        writer.block(happening.payload)
        writer.count(happening.spans.count)
        for span in happening.spans {
            writer.integer(span.start.microseconds)
            writer.integer(span.end.microseconds)
        }
    }

    static func read(_ reader: inout HotReader) throws(HotFormatError) -> HotStep {
        var step = HotStep(seq: try reader.integer())
        for _ in 0..<(try reader.count()) {
            let owner = try reader.id()
            step.set.append(try HotEntry.read(&reader, owner: owner))
        }
        for _ in 0..<(try reader.count()) { step.removed.append(try reader.id()) }
        let record = try reader.block()
        if !record.isEmpty {
            guard let record = HotRecordField.decode(record) else { throw HotFormatError() }
            step.record = record
        }
        if try reader.byte() == 0 { return step }
        let (type, payload) = (try reader.text(), try reader.block())
        var spans: [Span] = []
        for _ in 0..<(try reader.count()) { spans.append(Span(try reader.instant(), try reader.instant())) }
        step.happening = Feed.Happening(type: type, payload: payload, spans: spans)
        return step
    }
}
