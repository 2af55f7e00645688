import TestSupport
@testable import JSON
import Scheduling
import Synchronization

@testable import AlmanacRuntime
@testable import TenantActors

/// One calendar of one seat and a process without random faults, for tests of a single moment.
final class Scene: @unchecked Sendable {  // Driven by the test's thread alone: its executor runs jobs there.
    enum Answer: Sendable {
        case done(ID?)
        case failed(any Error)
        case none

        var id: ID? { if case .done(let id) = self { id } else { nil } }
        var error: (any Error)? { if case .failed(let error) = self { error } else { nil } }
    }

    private final class Answers: Sendable {
        let all: Mutex<[Answer]>
        init(count: Int) { all = Mutex(Array(repeating: .none, count: count)) }
    }

    let ledger = Ledger()
    let clock = ManualClock(Tenant.start)
    let executor: SeededExecutor
    let record: Record
    private(set) var process: Process
    private(set) var tenant: Tenant!
    private let plan: Plan
    private let box = Postbox(seed: 1)

    init(seed: UInt64 = 1, maxQueued: Int = 100) throws {
        record = try Record(ledger: ledger, clock: clock)
        executor = SeededExecutor(seed: seed)
        var plan = Plan(seed: 0)
        (plan.faults, plan.maxBatch, plan.maxQueued, plan.committers) = (0, 256, maxQueued, 1)
        (plan.maxActive, plan.calendars, plan.capacity, plan.dailyLimit, plan.notice) = (4, 1, 1, nil, 0)
        self.plan = plan
        process = Process("scene", record: record, executor: executor, plan: plan, seed: seed, box: box)
        let answers = together({
            self.tenant = try await Tenant.make(self.process, self.plan)
            return nil
        })
        if let error = answers[0].error { throw error }
    }

    /// Another process, with nothing in memory.
    func restart() {
        process.database.cut()
        process = Process("next", record: record, executor: executor, plan: plan, seed: 2, box: box)
    }

    /// Runs requests side by side until all are answered.
    func together(_ requests: (@Sendable () async throws -> ID?)...) -> [Answer] {
        let answers = Answers(count: requests.count)
        for (index, request) in requests.enumerated() {
            Task(executorPreference: executor) {
                let answer: Answer
                do { answer = .done(try await request()) } catch { answer = .failed(error) }
                answers.all.withLock { $0[index] = answer }
            }
        }
        executor.run()
        return answers.all.withLock { $0 }
    }

    func alone(_ request: @escaping @Sendable () async throws -> ID?) -> Answer { together(request)[0] }

    func context(_ request: String) -> CommandContext {
        CommandContext(organizationID: tenant.principal.organizationID, principal: "api_key:p", requestID: request)
    }

    func calendar<R: Sendable>(
        _ body: nonisolated(nonsending) (CalendarActor) async throws(CommandError) -> R
    ) async throws -> R {
        try await process.tenants.calendar(tenant.calendars[0], for: tenant.principal, needing: .manage, body)
    }

    func hold(at start: Instant) async throws -> ID? {
        try await calendar { calendar async throws(CommandError) in
            try await calendar.hold(PlaceHold(startsAt: start, duration: nil), self.context("hold")).id
        }
    }

    func release(_ hold: ID) async throws -> ID? {
        try await calendar { calendar async throws(CommandError) in
            try await calendar.release(hold, self.context("release"))
            return hold
        }
    }

    func expireHolds() async throws -> ID? {
        try await calendar { calendar async throws(CommandError) in
            await calendar.expireHolds()
            return nil
        }
    }

    func book(at start: Instant, by contact: Contact, hold: ID? = nil) async throws -> ID? {
        let command = BookAppointment(
            calendarID: tenant.calendars[0], startsAt: start, duration: nil, booker: .given(contact), attendees: [],
            title: "booked", notes: nil, location: nil, heldBy: hold, reminders: nil, metadata: .object(JSONObject()),
            overriding: []
        )
        return try await calendar { calendar async throws(CommandError) in
            try await calendar.book(command, self.context("book")).id
        }
    }

    func isOffered(_ start: Instant) async throws -> Bool {
        let answer = try await calendar { calendar async throws(CommandError) in
            try await calendar.availability(AvailabilityQuery(range: Tenant.range))
        }
        return OfferedSlot.all(of: answer).contains { $0.start == start }
    }

    func contact(_ email: String = "x@example.org") -> Contact {
        Contact(
            id: process.tenants.services.ids.next(), name: "X", email: email, phone: nil, timezone: nil, locale: nil
        )
    }
}
