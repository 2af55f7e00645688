import TestSupport
import Scheduling

@testable import AlmanacRuntime
@testable import TenantActors

/// One run: some clients of a small organization do random things, processes die, the clock moves.
///
///     set up ─► phase ─► quiet ─► phase ─► quiet ─► phase ─► quiet
///                 │                 ▲
///                 └─ killed, or still running beside the next process
final class Schedule {
    let seed: UInt64
    let plan: Plan
    let ledger = Ledger()
    let clock = ManualClock(Tenant.start)
    let executor: SeededExecutor
    let record: Record
    private var random: SplitMix
    private var tenant: Tenant!
    private var clients: [Client] = []
    private var watchers: [Watcher] = []
    private let box: Postbox
    private var processes: [Process] = []

    init(seed: UInt64) throws {
        self.seed = seed
        plan = Plan(seed: seed)
        executor = SeededExecutor(seed: seed &* 3 &+ 1)
        random = SplitMix(seed: seed &* 5 &+ 2)
        box = Postbox(seed: seed &* 17 &+ 3)
        record = try Record(ledger: ledger, clock: clock)
    }

    func play() throws {
        setUp()
        for phase in 0..<3 where ledger.violations.isEmpty {
            if phase > 0 { succeed(phase) }
            launch()
            switch phase < 2 ? random.below(4) : 0 {
            case 0, 1:
                executor.run()
                quiet()
            case 2:
                // The process dies somewhere on the way; what it did not answer, its clients ask of the next.
                executor.run(steps: random.below(600))
                processes.last?.database.cut()
                executor.run()
            default:
                // It goes on beside the next one, which fences it.
                executor.run(steps: random.below(600))
            }
        }
        executor.run()
        deliverAll()
        for process in processes { process.log.drain() }
        executor.run()
        for process in processes { process.database.deliverLate(all: true) }
        record.check()
        record.checkPromises()
        record.checkDeliveries(box)
        ledger.require(ledger.unfinished == 0, "\(ledger.unfinished) tasks wait for ever")
    }

    /// All letters come in the end: claims of the dead run out, and what was refused for now is tried again.
    private func deliverAll() {
        box.calm()
        let process = current
        process.calm()
        for _ in 0..<8 {
            perform { await process.dispatch(rounds: 4) }
            clock.advance(seconds: 3_600)
        }
    }

    private var current: Process { processes.last! }

    private func setUp() {
        let process = start(0)
        process.database.setFaults(0)
        perform { self.tenant = try await Tenant.make(process, self.plan) }
        process.database.setFaults(plan.faults)
        guard let tenant else { return ledger.violate("the tenant could not be made") }
        ledger.note("\(plan)")
        watchers = (0..<plan.watchers).map {
            Watcher("w\($0)", tenant: tenant, plan: plan, process: process, seed: seed &* 19 &+ UInt64($0))
        }
        clients = (0..<plan.clients).map {
            Client("c\($0)", tenant: tenant, process: process, seed: seed &* 11 &+ UInt64($0))
        }
    }

    /// Another process takes over, with nothing in memory.
    private func succeed(_ phase: Int) {
        let isSplit = ledger.unfinished > processes.count
        guard isSplit || current.isCut || random.oneIn(2) else { return }
        if !isSplit, random.oneIn(3) {
            // Days later, beyond everything that was held or booked, and too late to ask again.
            clock.advance(seconds: Int64(86_400 * (1 + random.below(5))))
            for client in clients { client.unanswered = [] }
        }
        let next = start(phase, node: isSplit ? "other" : "node")
        for watcher in watchers where !isSplit || random.oneIn(2) { watcher.move(to: next) }
        // Clients of a process that still runs stay with it.
        clients = clients.map { client in
            guard isSplit else {
                client.process = next
                return client
            }
            return Client("\(client.name)'", tenant: tenant, process: next, seed: seed &* 13 &+ UInt64(phase))
        }
    }

    private func start(_ number: Int, node: String = "node") -> Process {
        let process = Process(
            "p\(number)", node: node, record: record, executor: executor, plan: plan,
            seed: seed &* 7 &+ UInt64(number), box: box
        )
        processes.append(process)
        return process
    }

    private func launch() {
        for client in clients {
            ledger.started()
            let (requests, changesSettings) = (plan.requests, plan.changesSettings)
            Task(executorPreference: executor) {
                await client.run(requests: requests, changesSettings: changesSettings)
            }
        }
        for watcher in watchers {
            ledger.started()
            Task(executorPreference: executor) { await watcher.run(steps: 12) }
        }
        ledger.started()
        let (process, ledger) = (current, ledger)
        Task(executorPreference: executor) {
            await process.dispatch(rounds: 6)
            ledger.finished()
        }
    }

    /// No client is at it: memory and record must say the same, and an offer must be good.
    private func quiet() {
        ledger.require(ledger.unfinished == processes.count, "a client waits for ever")
        for process in processes { process.calm() }
        if processes.count(where: { !$0.isCut }) > 1 {
            // Which of several is right is for leases to say; a fresh one is.
            for process in processes { process.database.cut() }
            let process = start(10 + processes.count)
            process.calm()
            for client in clients { client.process = process }
            for watcher in watchers { watcher.move(to: process) }
        }
        let (process, tenant, plan) = (current, tenant!, plan)
        let client = clients[0]
        let check = QuietCheck(process: process, tenant: tenant, plan: plan, seed: random.next())
        let watchers = watchers
        perform { for watcher in watchers { await watcher.check(client) } }
        perform { await check.run(client) }
        perform { for watcher in watchers { await watcher.check(client) } }
        record.check()
        record.checkPromises()
        process.database.setFaults(plan.faults)
    }

    private func perform(_ body: @escaping () async throws -> Void) {
        ledger.started()
        nonisolated(unsafe) let body = body
        let ledger = ledger
        Task(executorPreference: executor) {
            do { try await body() } catch { ledger.violate("a step failed: \(error)") }
            ledger.finished()
        }
        executor.run()
    }
}
