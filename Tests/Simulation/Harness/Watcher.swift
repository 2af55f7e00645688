import TestSupport
@testable import SQL
@testable import JSON
import AlmanacRuntime
import NIOCore
import Scheduling
import Synchronization

@testable import TenantActors

/// Someone who watches a calendar: keeps what it is told, goes away, comes back, and notices every gap.
final class Watcher: @unchecked Sendable {  // Used by one task at a time: a phase ends before the next begins.
    let name: String
    let tenant: Tenant
    let calendar: ID
    let range: RangeQuery
    let minutes: Int
    /// Whether what is offered can be held against the record at any moment: nothing fails and nobody is fenced.
    let isStrict: Bool
    var process: Process
    private var random: SplitMix
    private var subscription: (any FeedSubscription)?
    /// Whether what it knows came from another process: that one's clock may have struck between other events.
    fileprivate var hasMoved = false
    private(set) var screen: Screen?

    var ledger: Ledger { process.ledger }

    init(_ name: String, tenant: Tenant, plan: Plan, process: Process, seed: UInt64) {
        self.name = name
        self.tenant = tenant
        self.process = process
        var random = SplitMix(seed: seed)
        calendar = tenant.calendars.randomElement(using: &random)!
        minutes = random.oneIn(3) ? 60 : 30
        let dates = ["2026-06-01", "2026-06-02", "2026-06-03", "2026-06-12"].map { CivilDate(iso: $0)! }
        let first = random.below(3)
        range = RangeQuery(from: .date(dates[first]), to: .date(dates[first + random.below(4 - first)]))
        isStrict = plan.faults == 0 && !plan.changesSettings
        self.random = random
    }

    /// Watches for a while; what it is told comes in between.
    func run(steps: Int) async {
        for _ in 0..<steps where !process.isCut {
            for _ in 0..<random.below(6) { await process.executor.pause() }
            switch random.below(8) {
            case 0: await goAway()
            case 1: try? await subscription?.resynchronize()
            case 2: await process.tenants.tick(key)
            default: await comeBack()
            }
        }
        ledger.finished()
    }

    /// The process it watched is gone, or another one is the right one now.
    func move(to process: Process) {
        if process !== self.process { hasMoved = true }
        self.process = process
        subscription = nil
        screen?.close()
    }

    private func goAway() async {
        let subscription = subscription
        self.subscription = nil
        screen?.close()
        await subscription?.cancel()
    }

    /// Subscribes where it left off, if it does not watch.
    private func comeBack() async {
        if subscription != nil, screen?.isOpen == true { return }
        await goAway()
        let next = Screen(self, after: screen)
        let query = FeedQuery(
            calendarID: calendar, range: range, duration: minutes, afterSeq: screen?.seq, includesAppointments: true
        )
        screen = next
        ledger.note("\(name) comes back after \(query.afterSeq ?? -1)")
        do throws(CommandError) {
            subscription = try await process.tenants.subscribe(query, for: tenant.principal, to: next)
            hasMoved = false
        } catch {
            next.close()
            ledger.count("watcher refused")
        }
    }

    private var key: CalendarKey { CalendarKey(organization: tenant.principal.organizationID, calendar: calendar) }

    /// Nothing is under way: what it sees is what is offered, and it heard of every appointment since its snapshot.
    func check(_ client: Client) async {
        for _ in 0..<50 where subscription == nil || screen?.isOpen != true { await comeBack() }
        // The clock may have come to the start of a slot that enters the horizon: each node's ticker tells of it.
        await process.tenants.tick(key)
        await process.tenants.replicas?.tick()
        guard let screen, screen.isOpen else { return ledger.violate("\(name) cannot watch") }
        let query = AvailabilityQuery(range: range, duration: minutes)
        do {
            let answer = try await process.tenants.availability(calendar, query, for: tenant.principal)
            let offered = OfferedSlot.all(of: answer)
            ledger.require(screen.slots == offered, "\(name) sees \(screen.slots), offered are \(offered)")
        } catch {
            ledger.violate("availability failed: \(error)")
        }
        let span = range.span(in: .utc)
        let rows = process.database.record.rows(
            """
            SELECT e.seq FROM events e JOIN appointments a ON a.id = e.subject_id
            WHERE e.calendar_id = $1 AND e.seq > $2 AND e.type LIKE 'appointment.%' AND a.starts_at < $4 AND a.ends_at > $3
            """, [.id(calendar), .integer(screen.since), .instant(span.start), .instant(span.end)]
        )
        let unheard = rows.compactMap { try? $0.integer(0) }.filter { !screen.heard.contains($0) }
        ledger.require(unheard.isEmpty, "\(name) was not told of the appointments \(unheard)")
        ledger.count("watcher checked")
    }
}

/// What a watcher was told under one subscription, as a client keeps it.
final class Screen: FeedSink {
    private struct State {
        var slots: [Instant: OfferedSlot] = [:]
        /// The number of the last slots or snapshot message, and of the last message of any kind.
        var told: Int64?
        var seq: Int64?
        /// The last snapshot's number.
        var since: Int64 = 0
        var heard: Set<Int64> = []
        var isOpen = true
        /// The number this was resumed from.
        var resumedAt: Int64?
        /// Whether that was told by another process.
        var hasMoved = false
    }

    private let state: Mutex<State>
    private let watcher: String
    private let calendar: ID
    private let isStrict: Bool
    private let minutes: Int
    private let process: Process

    init(_ watcher: Watcher, after last: Screen?) {
        self.watcher = watcher.name
        calendar = watcher.calendar
        isStrict = watcher.isStrict
        minutes = watcher.minutes
        process = watcher.process
        var state = last?.state.withLock { $0 } ?? State()
        state.isOpen = true
        // Resumed from the last message of any kind, the next slots message builds on that number.
        state.told = state.seq
        state.resumedAt = state.seq
        state.hasMoved = watcher.hasMoved
        self.state = Mutex(state)
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }
    var seq: Int64? { state.withLock { $0.seq } }
    var since: Int64 { state.withLock { $0.since } }
    var heard: Set<Int64> { state.withLock { $0.heard } }
    var slots: [OfferedSlot] { state.withLock { $0.slots.values.sorted { $0.start < $1.start } } }

    func close() { state.withLock { $0.isOpen = false } }

    func receive(_ message: FeedMessage) {
        let ledger = process.ledger
        if process.isCut { return }
        let complaint = state.withLock { state -> String? in
            guard state.isOpen else { return nil }
            let (seq, tail) = (message.seq, message.tail)
            switch message.kind {
            case .snapshot:
                state.slots = Self.index(tail.text, "slots")
                (state.told, state.seq, state.since, state.heard, state.resumedAt) = (seq, seq, seq, [], nil)
                state.hasMoved = false
            case .slots:
                guard let previous = message.previous else { return "slots that follow nothing" }
                if previous != state.told { return "a gap: told \(state.told ?? -1), then \(previous)→\(seq)" }
                if seq < previous { return "numbers fall: \(previous)→\(seq)" }
                // What came late under the number that was resumed from may come again.
                let mayRepeat = seq == state.resumedAt || state.hasMoved
                for (start, slot) in Self.index(tail.text, "removed") {
                    let known = state.slots.removeValue(forKey: start)
                    if known != slot, !mayRepeat { return "removed what was not there" }
                }
                for (start, slot) in Self.index(tail.text, "added") {
                    let known = state.slots.updateValue(slot, forKey: start)
                    if known != nil, !mayRepeat { return "added what was there" }
                }
                (state.told, state.seq) = (seq, seq)
            case .appointment:
                if JSONText.parse("{\"op\":0\(tail.text)")?["appointment"]?["id"] == nil { return "no appointment" }
                if seq < state.told ?? 0 { return "an appointment of \(seq) after the slots of \(state.told ?? 0)" }
                let isNew = state.heard.insert(seq).inserted
                if !isNew, seq != state.resumedAt { return "appointment \(seq) was told twice" }
                state.seq = max(state.seq ?? seq, seq)
            case .ended: state.isOpen = false
            }
            return nil
        }
        let kind = message.kind.rawValue
        ledger.count("feed \(kind)")
        let numbers = (message.previous.map { "\($0)→" } ?? "") + "\(message.seq)"
        ledger.note("\(watcher) at \(process.name): \(kind) \(numbers)")
        if let complaint { ledger.violate("\(watcher): \(complaint)") }
        if isStrict { checkFree() }
    }

    /// No slot on the screen has more seats than the record has room for, unless the record has gone further than what
    /// was told: what was missed is told message by message, and each shows how things were.
    private func checkFree() {
        let head = process.database.record.rows(
            "SELECT seq FROM calendar_heads WHERE calendar_id = $1", [.id(calendar)])
        guard let last = head.first.flatMap({ try? $0.integer(0) }), last == seq else { return }
        process.ledger.count("screen held against the record")
        for slot in slots {
            let span = Span(slot.start, slot.start.adding(minutes: minutes))
            guard let room = process.database.record.room(in: calendar, span) else { continue }
            process.ledger.require(
                slot.seats <= room, "\(watcher) is shown \(slot.seats) seats of \(slot.start), which has \(room)"
            )
        }
    }

    private static func index(_ tail: String, _ list: String) -> [Instant: OfferedSlot] {
        let slots = JSONText.parse("{\"op\":0\(tail)")?[list]?.array ?? []
        return Dictionary(uniqueKeysWithValues: OfferedSlot.all(slots).map { ($0.start, $0) })
    }
}

/// Reads a message's JSON.
enum JSONText {
    static func parse(_ text: String) -> JSON? { try? JSON.parse(Array(text.utf8)) }
}

extension ByteBuffer {
    var text: String { String(buffer: self) }
}
