@testable import JSON
import AlmanacRuntime
import NIOCore
import Scheduling
import Synchronization

@testable import TenantActors

/// A calendar's state and its feed, without the actor around them.
struct FeedFixture {
    /// Tuesday, 3 November 2026, before hours.
    static let start = Instant(rfc3339: "2026-11-03T08:00:00Z")!
    static let week = RangeQuery(from: .date(CivilDate(iso: "2026-11-03")!), to: .date(CivilDate(iso: "2026-11-09")!))

    var state: CalendarState
    var feed: Feed
    var now = start
    private var owners: UInt64 = 0

    /// 09:00–17:00 UTC every day, half-hour slots, also bookable for an hour.
    init(
        seq: Int64 = 40, fanOut: any FeedFanOut = ImmediateFanOut(), room: ByteRoom = ByteRoom(limit: .max),
        _ change: (inout SchedulingRules) -> Void = { _ in }
    ) {
        feed = Feed(fanOut, room: room)
        let hours = Weekday.allCases.map { ($0, MinuteInterval(startMinute: 540, endMinute: 1_020)!) }
        var rules = SchedulingRules(zone: .utc, openingRules: OpeningRules(weekly: WeeklyHours(hours)))
        rules.allowedDurations = [30, 60]
        change(&rules)
        state = CalendarState(rules: rules, seq: seq)
    }

    static func query(after seq: Int64? = nil, _ range: RangeQuery = week, duration: Int? = nil) -> FeedQuery {
        FeedQuery(
            calendarID: ID(high: 1, low: 1), range: range, duration: duration, afterSeq: seq, includesAppointments: true
        )
    }

    mutating func subscribe(_ query: FeedQuery = query()) throws -> (id: FeedSubscriptionID, sink: TestSink) {
        let sink = TestSink()
        return (try feed.subscribe(query, sink, &state, now: now), sink)
    }

    /// A booking that is written at once.
    @discardableResult
    mutating func book(_ start: String, minutes: Int? = nil) throws -> ID {
        owners += 1
        let owner = ID(high: 7, low: owners)
        let start = Instant(rfc3339: start)!
        let decision = try state.decideBooking(owner: owner, start: start, duration: minutes, now: now)
        commit(decision, "appointment.booked", Span(start, start.adding(minutes: minutes ?? 30)))
        return owner
    }

    mutating func cancel(_ owner: ID, _ start: String) {
        let start = Instant(rfc3339: start)!
        commit(state.decideVacating(owner), "appointment.cancelled", Span(start, start.adding(minutes: 30)))
    }

    mutating func commit(_ decision: Decision, _ type: String? = nil, _ span: Span? = nil) {
        state.apply(decision, seq: state.seq + 1)
        let happening = type.map { Feed.Happening(type: $0, payload: Array(#"{"id":"x"}"#.utf8), spans: [span!]) }
        feed.publish(state.takeTouched(), happening, isLate: false, &state, now: now)
    }

    /// What the clock, or a write that failed, did.
    mutating func publishLate() { feed.publish(state.takeTouched(), nil, isLate: true, &state, now: now) }
}

/// Keeps what it is told, as lines.
final class TestSink: FeedSink {
    private let messages = Mutex<[FeedMessage]>([])

    func receive(_ message: FeedMessage) { messages.withLock { $0.append(message) } }

    /// What came since the last call: `snapshot 40 +112`, `slots 40→41 -09:00`, `appointment 41 booked`, `ended`.
    func take() -> [String] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages.map(Self.line)
        }
    }

    private static func line(_ message: FeedMessage) -> String {
        let (seq, tail) = (message.seq, message.tail)
        return switch message.kind {
        case .snapshot: "snapshot \(seq) +\(json(tail)["slots"]?.array?.count ?? -1)"
        case .slots:
            "slots \(message.previous ?? -1)→\(seq)" + times("-", tail, "removed") + times("+", tail, "added")
        case .appointment: "appointment \(seq) \(json(tail)["type"]?.string ?? "?")"
        case .ended: "ended"
        }
    }

    private static func json(_ tail: ByteBuffer) -> JSON {
        (try? JSON.parse(Array("{\"op\":0".utf8) + Array(tail.readableBytesView))) ?? .null
    }

    private static func times(_ sign: String, _ tail: ByteBuffer, _ list: String) -> String {
        (json(tail)[list]?.array ?? []).compactMap { slot in
            guard let start = slot["start"]?.string else { return nil }
            let seats = slot["seats_available"]?.int ?? 0
            return " \(sign)\(start.dropFirst(11).prefix(5))" + (seats > 1 ? "×\(seats)" : "")
        }.joined()
    }
}
