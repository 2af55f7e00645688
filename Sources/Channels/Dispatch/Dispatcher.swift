public import AlmanacRuntime
import Logging
import Scheduling
public import ServiceLifecycle
public import TenantActors

/// Sends messages about events: expands events into deliveries, has channels attempt them, and retries.
///
///     event (in the outbox, committed with the change) ─► expand ─► deliveries ─► a lane for each channel ─► channel
///
/// The commit log wakes it at once; polling covers lost signals. See docs/outbox.md.
public struct Dispatcher: Service {
    let expander: OutboxExpander
    let lanes: [DeliveryLane]
    private let published: Signal
    private let store: DeliveryStore
    private let services: TenantServices
    private let node: String
    private let pause: @Sendable (Duration) async -> Void

    /// The types of event that some channel sends. Only these get a row in the outbox.
    public static func events(of channels: [any Channel]) -> Set<String> {
        channels.reduce(into: []) { $0.formUnion($1.capabilities.events) }
    }

    /// - Parameters:
    ///   - node: this process's name. The dispatcher at once takes back the deliveries that an earlier process of this
    ///     name had claimed.
    ///   - published: fires when the outbox has new rows.
    ///   - pause: waits; simulations replace it by a function that returns at once.
    public init(
        services: TenantServices, channels: [any Channel], schedule: RetrySchedule, node: String, published: Signal,
        pause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    ) {
        self.pause = pause
        self.services = services
        self.published = published
        self.node = node
        let store = DeliveryStore(database: services.database, log: services.log, ids: services.ids, retries: schedule)
        self.store = store
        expander = OutboxExpander(services: services, channels: channels, schedule: schedule)
        lanes = channels.map { channel in
            DeliveryLane(
                channel: channel, services: services, store: store, schedule: schedule, node: node, signal: Signal(),
                metrics: LaneMetrics(channel: channel.capabilities.name), pause: pause
            )
        }
    }

    /// Has the lanes look for work, because somebody retries a delivery by hand.
    public func wake() {
        for lane in lanes { lane.signal.fire() }
    }

    /// Works until it is told to stop. Then it begins nothing more, and channels finish running attempts.
    public func run() async throws {
        await takeUp()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await work() }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
            await close()
        }
    }

    private func work() async {
        await withDiscardingTaskGroup { group in
            for lane in lanes { group.addTask { await lane.run() } }
            group.addTask { await expandUntilCancelled() }
        }
    }

    /// Runs outside the cancelled task, so that channels have time to finish running attempts.
    private func close() async {
        await withDiscardingTaskGroup { group in
            for lane in lanes { group.addTask { await lane.channel.close() } }
        }
    }

    /// Takes back the deliveries that this node had claimed before a restart.
    func takeUp() async {
        do {
            try await store.release(claimedBy: node, now: services.clock.now())
        } catch {
            services.logger.warning("claimed deliveries wait for their claims to end", metadata: ["cause": "\(error)"])
        }
    }

    private func expandUntilCancelled() async {
        while !Task.isCancelled {
            let isDone = await expandAll()
            if isDone { await waitForWork() }
        }
    }

    /// Expands one batch. Returns true if nothing is left or the database fails.
    func expandAll() async -> Bool {
        do {
            let (count, reached) = try await expander.expand()
            for lane in lanes where reached.contains(lane.channel.capabilities.name) { lane.signal.fire() }
            return count < OutboxExpander.batch
        } catch {
            services.logger.warning("events cannot be expanded", metadata: ["cause": "\(error)"])
            return true
        }
    }

    private func waitForWork() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await published.wait() }
            group.addTask { await pause(DeliveryLane.poll) }
            await group.next()
            group.cancelAll()
        }
    }
}
