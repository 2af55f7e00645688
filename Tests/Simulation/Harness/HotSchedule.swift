import TestSupport
import AlmanacRuntime
import Scheduling

@testable import TenantActors

/// One run with two nodes: clients book at the one that owns the calendars, watchers look at both, and the hot store
/// between them fails in every way.
///
///     clients ──► owner ──writes──► hot store ──messages──► reader ◄── watchers
///                   │                                         │
///                   └───────────────► record ◄──── reads ─────┘
final class HotSchedule {
    let seed: UInt64
    let plan: Plan
    let ledger = Ledger()
    let clock = ManualClock(Tenant.start)
    let executor: SeededExecutor
    let record: Record
    let server: MemoryHotServer
    private var random: SplitMix
    private var tenant: Tenant!
    private var clients: [Client] = []
    private var watchers: [Watcher] = []
    private let box: Postbox
    private var owner: Process!
    private var reader: Process!
    private var ownerStore: MemoryHotStore
    private let readerStore: MemoryHotStore
    private let storeFaults: Int

    init(seed: UInt64) throws {
        self.seed = seed
        var plan = Plan(seed: seed)
        (plan.calendars, plan.maxActive, plan.maxQueued) = (1, 4, 8_192)
        plan.watchers = 3
        self.plan = plan
        executor = SeededExecutor(seed: seed &* 3 &+ 1)
        random = SplitMix(seed: seed &* 23 &+ 2)
        storeFaults = [0, 10, 30].randomElement(using: &random)!
        box = Postbox(seed: seed)
        record = try Record(ledger: ledger, clock: clock)
        server = MemoryHotServer(seed: seed &* 29, executor: executor, ledger: ledger)
        (ownerStore, readerStore) = (MemoryHotStore(server), MemoryHotStore(server))
    }

    func play() throws {
        setUp()
        for phase in 0..<3 where ledger.violations.isEmpty {
            if phase > 0, random.oneIn(2) { replaceOwner(phase) }
            server.setFaults(storeFaults)
            for process in [owner!, reader!] { process.database.setFaults(plan.faults) }
            launch()
            executor.run()
            quiet()
        }
        for process in [owner!, reader!] { process.log.drain() }
        executor.run()
        record.check()
    }

    private func setUp() {
        owner = Process(
            "owner", record: record, executor: executor, plan: plan, seed: seed, box: box, hot: ownerStore
        )
        reader = Process(
            "reader", node: "reader", record: record, executor: executor, plan: plan, seed: seed &+ 1, box: box,
            hot: readerStore, ownership: NoOwnership()
        )
        owner.calm()
        reader.calm()
        perform { self.tenant = try await Tenant.make(self.owner, self.plan) }
        guard let tenant else { return ledger.violate("the tenant could not be made") }
        ledger.note("\(plan), store faults \(storeFaults)")
        watchers = (0..<plan.watchers).map { index in
            let process: Process = index == 0 ? owner : reader
            return Watcher("w\(index)", tenant: tenant, plan: plan, process: process, seed: seed &* 19 &+ UInt64(index))
        }
        clients = (0..<plan.clients).map {
            Client("c\($0)", tenant: tenant, process: owner, seed: seed &* 11 &+ UInt64($0))
        }
    }

    /// The owner dies, and another one takes over: warm, if the store is as the record.
    private func replaceOwner(_ phase: Int) {
        let last = owner
        owner.database.cut()
        owner.log.drain()
        ownerStore = MemoryHotStore(server)
        owner = Process(
            "owner\(phase)", record: record, executor: executor, plan: plan, seed: seed &* 7 &+ UInt64(phase), box: box,
            hot: ownerStore
        )
        for client in clients { client.process = owner }
        for watcher in watchers where watcher.process === last { watcher.move(to: owner) }
        ledger.count("owner replaced")
    }

    private func launch() {
        for client in clients {
            let plan = plan
            begin { await client.run(requests: plan.requests, changesSettings: plan.changesSettings) }
        }
        for watcher in watchers { begin { await watcher.run(steps: 12) } }
        let (reader, executor, seed) = (reader!, executor, random.next())
        begin {
            var random = SplitMix(seed: seed)
            for _ in 0..<40 {
                for _ in 0..<random.below(5) { await executor.pause() }
                await reader.tenants.replicas?.followAll()
                if random.oneIn(6) { await reader.tenants.replicas?.tick() }
            }
            self.ledger.finished()
        }
        if storeFaults > 0 { begin { await self.trouble(seed ^ 5) } }
    }

    /// Takes the store away from one node or the other, and empties it.
    private func trouble(_ seed: UInt64) async {
        var random = SplitMix(seed: seed)
        for _ in 0..<6 {
            for _ in 0..<random.below(60) { await executor.pause() }
            let store = random.oneIn(2) ? ownerStore : readerStore
            let isOwners = store === ownerStore
            switch random.below(4) {
            case 0:
                ledger.note("store flushed")
                server.flush()
            case 1:
                ledger.note("store away from the \(isOwners ? "owner" : "reader")")
                store.setReachable(false)
            default: for store in [ownerStore, readerStore] { store.setReachable(true) }
            }
        }
        ledger.finished()
    }

    /// Nobody is at it: two rounds of the ticker later, whatever was lost, the reader shows what the owner shows.
    private func quiet() {
        server.setFaults(0)
        for process in [owner!, reader!] { process.calm() }
        // Not always: what the store lacks the record has.
        if random.oneIn(2) { for store in [ownerStore, readerStore] { store.setReachable(true) } }
        perform { await self.settle() }
        let (client, watchers) = (clients[0], watchers)
        perform { for watcher in watchers { await watcher.check(client) } }
        perform { await self.compare() }
        perform { for watcher in watchers { await watcher.check(client) } }
        for store in [ownerStore, readerStore] { store.setReachable(true) }
        executor.run()
        if ledger.violations.isEmpty, random.oneIn(2) {
            let (first, second) = (owner!, reader!)
            for watcher in watchers where random.oneIn(2) {
                watcher.move(to: watcher.process === first ? second : first)
            }
        }
    }

    /// Seconds pass, and then the tickers run: what falls due meanwhile, such as a slot at the horizon or a hold's end, is
    /// told by them before anybody looks.
    private func settle() async {
        let key = CalendarKey(organization: tenant.principal.organizationID, calendar: tenant.calendars[0])
        clock.advance(seconds: 3)
        for _ in 0..<3 {
            await owner.tenants.tick(key)
            await reader.tenants.replicas?.tick()
            await reader.tenants.replicas?.followAll()
        }
    }

    /// What either node answers is the same; and what the owner just wrote the reader shows at once, if it says it does.
    private func compare() async {
        do {
            let offered = try await slots(owner)
            let read = try await slots(reader)
            ledger.require(read == offered, "the reader answers other slots than the owner")
            guard let slot = offered.first else { return }
            await clients[0].book(tenant.calendars[0], at: slot.start, minutes: 30)
            let (after, seen) = (try await slots(owner), try await slots(reader))
            // An owner that the store is out of reach for shows in the record, which is asked each second.
            if ownerStore.isReachable || !readerStore.isReachable {
                ledger.require(seen == after, "what was just booked is not shown by the reader")
                ledger.count("read after a booking")
            }
            await settle()
        } catch {
            ledger.violate("availability failed: \(error)")
        }
    }

    private func slots(_ process: Process) async throws -> [OfferedSlot] {
        let query = AvailabilityQuery(range: Tenant.range)
        let answer = try await process.tenants.availability(tenant.calendars[0], query, for: tenant.principal)
        return OfferedSlot.all(of: answer)
    }

    private func begin(_ body: @escaping () async -> Void) {
        ledger.started()
        nonisolated(unsafe) let body = body
        Task(executorPreference: executor) { await body() }
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
