import TestSupport
@testable import JSON
import NIOCore
import Scheduling
import Synchronization

@testable import AlmanacRuntime
@testable import TenantActors

/// A node that owns one calendar and one that only reads, for tests of a single moment.
final class HotScene: @unchecked Sendable {  // Driven by the test's thread alone: its executor runs jobs there.
    final class Pending: Sendable {
        private let answer = Mutex(Scene.Answer.none)

        var value: Scene.Answer {
            get { answer.withLock { $0 } }
            set { answer.withLock { $0 = newValue } }
        }
    }

    let ledger = Ledger()
    let clock = ManualClock(Tenant.start)
    let executor: SeededExecutor
    let record: Record
    let server: MemoryHotServer
    private(set) var ownerStore: MemoryHotStore
    let readerStore: MemoryHotStore
    private(set) var owner: Process
    let reader: Process
    private(set) var tenant: Tenant!
    private let plan: Plan
    private let box = Postbox(seed: 1)
    private var subscriptions: [any FeedSubscription] = []
    private var restarts: UInt64 = 0

    init(seed: UInt64 = 1) throws {
        record = try Record(ledger: ledger, clock: clock)
        executor = SeededExecutor(seed: seed)
        server = MemoryHotServer(seed: seed, executor: executor)
        (ownerStore, readerStore) = (MemoryHotStore(server), MemoryHotStore(server))
        var plan = Plan(seed: 0)
        (plan.faults, plan.maxBatch, plan.maxQueued, plan.committers) = (0, 256, 100, 1)
        (plan.maxActive, plan.calendars, plan.capacity, plan.dailyLimit, plan.notice) = (4, 1, 1, nil, 0)
        self.plan = plan
        owner = Process("owner", record: record, executor: executor, plan: plan, seed: seed, box: box, hot: ownerStore)
        reader = Process(
            "reader", node: "reader", record: record, executor: executor, plan: plan, seed: seed &+ 7, box: box,
            hot: readerStore, ownership: NoOwnership()
        )
        let answer = run {
            self.tenant = try await Tenant.make(self.owner, self.plan)
            return nil
        }
        if let error = answer.error { throw error }
    }

    /// Another owner, with nothing in memory.
    func restart() -> Process {
        owner.database.cut()
        restarts += 1
        ownerStore = MemoryHotStore(server)
        owner = Process(
            "next", record: record, executor: executor, plan: plan, seed: 100 + restarts, box: box, hot: ownerStore
        )
        return owner
    }

    func begin(_ request: @escaping @Sendable () async throws -> ID?) -> Pending {
        let pending = Pending()
        Task(executorPreference: executor) {
            do { pending.value = .done(try await request()) } catch { pending.value = .failed(error) }
        }
        return pending
    }

    func run(_ request: @escaping @Sendable () async throws -> ID?) -> Scene.Answer {
        let pending = begin(request)
        executor.run()
        return pending.value
    }

    var key: CalendarKey {
        CalendarKey(organization: tenant.principal.organizationID, calendar: tenant.calendars[0])
    }

    func context(_ request: String) -> CommandContext {
        CommandContext(organizationID: tenant.principal.organizationID, principal: "api_key:p", requestID: request)
    }

    func book(_ start: Instant, at process: Process? = nil) -> Scene.Answer {
        run { try await self.submit(start, at: process) }
    }

    func submit(_ start: Instant, at process: Process? = nil) async throws -> ID? {
        let tenants = (process ?? owner).tenants
        let contact = Contact(
            id: tenants.services.ids.next(), name: "X", email: "x@example.org", phone: nil, timezone: nil, locale: nil
        )
        let command = BookAppointment(
            calendarID: tenant.calendars[0], startsAt: start, duration: nil, booker: .given(contact), attendees: [],
            title: "booked", notes: nil, location: nil, heldBy: nil, reminders: nil, metadata: .object(JSONObject()),
            overriding: []
        )
        return try await tenants.calendar(tenant.calendars[0], for: tenant.principal, needing: .manage) {
            calendar async throws(CommandError) in
            try await calendar.book(command, self.context("book")).id
        }
    }

    /// Runs a command of the calendar, at its owner.
    func change(_ body: @escaping @Sendable (CalendarActor) async throws(CommandError) -> ID?) -> Scene.Answer {
        run {
            try await self.owner.tenants.calendar(
                self.tenant.calendars[0], for: self.tenant.principal, needing: .manage
            ) {
                calendar async throws(CommandError) in
                try await body(calendar)
            }
        }
    }

    /// Nil if there is no answer.
    func slots(_ process: Process) -> [OfferedSlot]? {
        let answer = SlotAnswer()
        _ = run {
            let query = AvailabilityQuery(range: Tenant.range)
            let body = try await process.tenants.availability(
                self.tenant.calendars[0], query, for: self.tenant.principal
            )
            answer.slots = OfferedSlot.all(of: body)
            return nil
        }
        return answer.slots
    }

    func isOffered(_ start: Instant, by process: Process) -> Bool? {
        slots(process)?.contains { $0.start == start }
    }

    func watch(_ process: Process, _ sink: any FeedSink, as principal: Principal? = nil) {
        let query = FeedQuery(
            calendarID: tenant.calendars[0], range: Tenant.range, includesAppointments: true
        )
        _ = run {
            let subscription = try await process.tenants.subscribe(
                query, for: principal ?? self.tenant.principal, to: sink)
            self.subscriptions.append(subscription)
            return nil
        }
    }

    /// Lets the reader follow what it was told.
    func follow() {
        _ = run {
            await self.reader.tenants.replicas?.followAll()
            return nil
        }
    }

    func tick() {
        _ = run {
            await self.reader.tenants.replicas?.tick()
            await self.reader.tenants.replicas?.followAll()
            return nil
        }
    }
}

private final class SlotAnswer: Sendable {
    private let kept = Mutex<[OfferedSlot]?>(nil)

    var slots: [OfferedSlot]? {
        get { kept.withLock { $0 } }
        set { kept.withLock { $0 = newValue } }
    }
}

/// Keeps what it is told, as lines.
final class LineSink: FeedSink {
    private let kept = Mutex<(lines: [String], seqs: [Int64], appointments: [Int64])>(([], [], []))

    var lines: [String] { kept.withLock { $0.lines } }
    var seqs: [Int64] { kept.withLock { $0.seqs } }
    var appointments: [Int64] { kept.withLock { $0.appointments } }

    func receive(_ message: FeedMessage) {
        kept.withLock { kept in
            let (seq, tail) = (message.seq, message.tail)
            switch message.kind {
            case .snapshot:
                kept.lines.append("snapshot \(seq) \(Self.count(tail, "slots"))")
                kept.seqs.append(seq)
            case .slots:
                let previous = message.previous ?? -1
                kept.lines.append(
                    "slots \(previous)→\(seq) -\(Self.count(tail, "removed")) +\(Self.count(tail, "added"))"
                )
                kept.seqs.append(seq)
            case .appointment:
                kept.lines.append("appointment \(seq)")
                kept.appointments.append(seq)
            case .ended: kept.lines.append("ended")
            }
        }
    }

    private static func count(_ tail: ByteBuffer, _ list: String) -> Int {
        JSONText.parse("{\"op\":0\(tail.text)")?[list]?.array?.count ?? -1
    }
}
