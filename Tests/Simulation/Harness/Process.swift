import TestSupport
import AlmanacRuntime
import Logging
import Scheduling
import TenantActors

@testable import AlmanacChannels

/// One run of the server over a record: its memory, its log, its way to the database.
final class Process: Sendable {
    let name: String
    let database: SimulatedDatabase
    let executor: SeededExecutor
    let clock: ManualClock
    let log: CommitLog
    let tenants: Tenants
    let dispatcher: Dispatcher
    var ledger: Ledger { database.record.ledger }
    /// Whether the process was killed: what it would still answer reaches nobody.
    var isCut: Bool { database.isCut }

    static let zones = ZoneDatabase()
    static let secrets = Secrets(key: Array(0..<32))!

    /// - Parameter node: processes of one name take up what the last one of it had claimed.
    init(
        _ name: String, node: String = "node", record: Record, executor: SeededExecutor, plan: Plan, seed: UInt64,
        box: Postbox, hot: MemoryHotStore? = nil, ownership: any ShardOwnership = ConstantOwnership()
    ) {
        self.name = name
        self.executor = executor
        clock = record.clock
        database = SimulatedDatabase(record: record, executor: executor, seed: seed, faults: plan.faults)
        log = CommitLog(
            database: database, maxBatch: plan.maxBatch, maxQueued: plan.maxQueued, committers: plan.committers
        )
        let channels = [PostChannel(box: box, database: database, executor: executor)]
        let services = Self.services(
            database, log, clock, IDGenerator(clock: clock, random: SplitMix(seed: seed ^ 0x1D5)),
            published: Dispatcher.events(of: channels), hot: hot, ownership: ownership
        )
        tenants = Tenants(services: services, maxActive: plan.maxActive, monotonic: { 0 })
        dispatcher = Dispatcher(
            services: services, channels: channels, schedule: RetrySchedule(), node: node, published: Signal(),
            pause: { _ in await executor.pause() }
        )
        let log = log
        ledger.started()
        let ledger = ledger
        Task(executorPreference: executor) {
            try await log.run()
            ledger.finished()
        }
    }

    /// Actors fresh from the record as it stands, which fence nobody.
    static func frozen(_ record: Record) -> Tenants {
        let database = FrozenDatabase(store: record.store)
        let services = services(
            database, CommitLog(database: database), record.clock,
            IDGenerator(clock: record.clock, random: SplitMix(seed: 0))
        )
        return Tenants(services: services, maxActive: 4, monotonic: { 0 })
    }

    private static func services(
        _ database: any Database, _ log: CommitLog, _ clock: ManualClock, _ ids: IDGenerator,
        published: Set<String> = [], hot: MemoryHotStore? = nil, ownership: any ShardOwnership = ConstantOwnership()
    ) -> TenantServices {
        let state = hot.map { HotState($0, monotonic: { UInt64(clock.now().microseconds) * 1_000 }) }
        return TenantServices(
            database: database, log: log, clock: clock, ids: ids, zones: zones, secrets: secrets,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }, publishedEvents: published,
            ownership: ownership, hotState: state
        )
    }

    /// Does what the dispatcher does when it runs, a number of times.
    func dispatch(rounds: Int) async {
        await dispatcher.takeUp()
        for _ in 0..<rounds where !isCut {
            _ = await dispatcher.expandAll()
            for lane in dispatcher.lanes {
                for item in await lane.claim() { await lane.perform(item.entry) }
            }
            await executor.pause()
        }
    }

    /// Nothing fails any more, and what was on its way has arrived.
    func calm() {
        database.setFaults(0)
        database.deliverLate(all: true)
    }
}

/// What a schedule is like; drawn from its seed.
struct Plan: Sendable {
    var faults: Int
    var maxBatch: Int
    var maxQueued: Int
    var committers: Int
    var maxActive: Int
    var calendars: Int
    var clients: Int
    var requests: Int
    var capacity: Int
    var dailyLimit: Int?
    var notice: Int
    var watchers: Int
    /// Whether clients change the settings; otherwise the limits above hold throughout.
    var changesSettings: Bool

    /// What a calendar has at most, also where clients change it.
    static let highestCapacity = 3

    init(seed: UInt64) {
        var random = SplitMix(seed: seed)
        faults = [0, 5, 15, 30].randomElement(using: &random)!
        maxBatch = [1, 2, 4, 256].randomElement(using: &random)!
        // At least as many as one command may bring: the ends of all holds that lapsed, and itself.
        maxQueued = random.oneIn(4) ? 48 : 8_192
        committers = 1 + random.below(2)
        calendars = random.oneIn(3) ? 2 : 1
        maxActive = 1 + random.below(2)
        clients = 2 + random.below(5)
        requests = 4 + random.below(5)
        capacity = 1 + random.below(Self.highestCapacity)
        dailyLimit = random.oneIn(3) ? 2 + random.below(4) : nil
        notice = random.oneIn(3) ? 30 : 0
        changesSettings = random.oneIn(3)
        watchers = random.below(4)
        // A calendar that is watched stays in memory; the others want a place too.
        if watchers > 0 { maxActive = max(maxActive, calendars) }
    }
}
