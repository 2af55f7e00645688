import SQL
import AlmanacRuntime
import Logging
import Metrics
import Scheduling
import TenantActors

/// Attempts the deliveries of one channel.
///
/// One loop decides: it claims due deliveries, begins attempts within the channel's limits, and settles each attempt
/// separately.
struct DeliveryLane: Sendable {
    /// One claimed delivery.
    struct Attempt: Sendable {
        let claim: DeliveryStore.Claim
        let target: String
        let createdAt: Instant
        let giveUpAt: Instant
        let isOrganizationGone: Bool
        let notice: Notice
    }

    private enum Happening: Sendable {
        case woken, polled
        case finished(ID)
    }

    /// How many deliveries one claim takes, in total and of one organization.
    static let batch = 64
    static let batchPerOrganization = 32
    /// How often the lane looks for work without a signal.
    static let poll: Duration = .seconds(1)

    let channel: any Channel
    let services: TenantServices
    let store: DeliveryStore
    let schedule: RetrySchedule
    let node: String
    let signal: Signal
    let metrics: LaneMetrics
    /// Waits; tests replace it by a function that returns at once.
    let pause: @Sendable (Duration) async -> Void

    private var name: String { channel.capabilities.name }

    /// Long enough to attempt a whole batch, even if each attempt takes its full time.
    private var leaseSeconds: Int64 {
        let capabilities = channel.capabilities
        let rounds = (Self.batch + capabilities.maxConcurrent - 1) / max(1, capabilities.maxConcurrent)
        return Int64((rounds + 1) * (capabilities.timeoutSeconds + 5))
    }

    /// Delivers until it is cancelled, then waits for running attempts.
    func run() async {
        await withTaskGroup(of: Happening.self) { group in
            var lane = LaneState<Attempt>(channel.capabilities)
            group.addTask { await wake() }
            group.addTask { await wait() }
            var isFresh = true
            while !Task.isCancelled {
                if isFresh, lane.isHungry {
                    lane.enqueue(await claim())
                    isFresh = lane.waiting.count > 0
                }
                while let item = lane.next(now: services.clock.now()) {
                    group.addTask {
                        await perform(item.entry)
                        return .finished(item.organization)
                    }
                }
                switch await group.next() {
                case .woken:
                    isFresh = true
                    group.addTask { await wake() }
                case .polled:
                    isFresh = true
                    group.addTask { await wait() }
                case .finished(let organization): lane.finished(organization)
                case nil: return
                }
            }
            for item in lane.abandon() {
                _ = try? await store.settle(
                    item.entry.claim, .deferred(until: services.clock.now()), now: services.clock.now()
                )
            }
        }
    }

    private func wake() async -> Happening {
        await signal.wait()
        return .woken
    }

    private func wait() async -> Happening {
        await pause(Self.poll)
        return .polled
    }

    /// Claims due deliveries and reads them. If the database fails, the next poll tries again.
    func claim() async -> [LaneState<Attempt>.Item] {
        let now = services.clock.now()
        do {
            guard try await store.hasDue(channel: name, now: now) else { return [] }
            let claim = try await store.claim(
                channel: name, by: node, now: now, until: now.adding(seconds: leaseSeconds), limit: Self.batch,
                perOrganization: Self.batchPerOrganization
            )
            let rows = try await services.database.query(DispatchReads.claimed, [.id(claim)])
            // Deliveries of one event share its notice.
            var notices: [ID: Notice] = [:]
            return try rows.map { row throws(StoreError) in
                let event = try row.id(7)
                let notice = if let known = notices[event] { known } else { try NoticeQuery.notice(row, at: 7) }
                notices[event] = notice
                return LaneState<Attempt>.Item(
                    organization: try row.id(5),
                    entry: Attempt(
                        claim: DeliveryStore.Claim(
                            id: try row.id(0), organizationID: try row.id(5), claim: claim, attempts: try row.int(1)
                        ),
                        target: try row.text(2), createdAt: try row.instant(3), giveUpAt: try row.instant(4),
                        isOrganizationGone: !row.isNull(6), notice: notice
                    )
                )
            }
        } catch {
            services.logger.warning(
                "deliveries cannot be claimed", metadata: ["channel": "\(name)", "cause": "\(error)"])
            return []
        }
    }

    /// Makes one attempt and records the outcome.
    func perform(_ attempt: Attempt) async {
        let now = services.clock.now()
        let envelope = Envelope(
            id: attempt.claim.id, target: attempt.target, attempt: attempt.claim.attempts,
            deadline: now.adding(seconds: Int64(channel.capabilities.timeoutSeconds)), notice: attempt.notice
        )
        let outcome =
            attempt.isOrganizationGone
            ? DeliveryOutcome.rejected(reason: "the organization was deleted") : await channel.deliver(envelope)
        let after = services.clock.now()
        let settlement = settlement(outcome, attempt, now: after)
        note(settlement, attempt, now: after)
        for _ in 0..<20 {
            do {
                try await store.settle(attempt.claim, settlement, now: after)
                return
            } catch {
                // Gives up without loss: an unsettled delivery is attempted again when its claim ends.
                if error.code == .statement || error.code == .corrupt { break }
                await pause(.milliseconds(250))
            }
        }
        services.logger.error(
            "a delivery's outcome could not be kept; it may be made again",
            metadata: ["channel": "\(name)", "delivery": "\(attempt.claim.id)"]
        )
    }

    private func settlement(
        _ outcome: DeliveryOutcome, _ attempt: Attempt, now: Instant
    ) -> DeliveryStore.Settlement {
        switch outcome {
        case .delivered: return .delivered
        case .rejected(let reason): return .rejected(reason: reason)
        case .deferred(let until): return .deferred(until: max(until, now.adding(seconds: 1)))
        case .retry(let wish, let reason):
            let wait = schedule.wait(after: attempt.claim.attempts, of: attempt.claim.id)
            let wished = wish.map { Int64(min(max($0, 0), 86_400)) * 1_000_000 } ?? 0
            let at = now.adding(microseconds: max(wait, wished))
            let isOver = schedule.isOver(after: attempt.claim.attempts, next: at, giveUpAt: attempt.giveUpAt)
            return isOver ? .dead(reason: reason) : .retry(at: at, reason: reason)
        }
    }

    private func note(_ settlement: DeliveryStore.Settlement, _ attempt: Attempt, now: Instant) {
        switch settlement {
        case .delivered: metrics.delivered(after: now - attempt.createdAt)
        case .retry: metrics.retried.increment()
        case .deferred: metrics.deferred.increment()
        case .rejected(let reason), .dead(let reason):
            metrics.failed.increment()
            services.logger.warning(
                "a delivery failed for good",
                metadata: ["channel": "\(name)", "delivery": "\(attempt.claim.id)", "reason": "\(reason)"]
            )
        }
    }
}

/// The metrics of a channel's deliveries.
struct LaneMetrics: Sendable {
    let retried: Counter
    let deferred: Counter
    let failed: Counter
    private let delivered: Counter
    private let age: Metrics.Timer

    init(channel: String) {
        func counter(_ outcome: String) -> Counter {
            Counter(label: "almanac_deliveries_total", dimensions: [("channel", channel), ("outcome", outcome)])
        }
        retried = counter("retry")
        deferred = counter("deferred")
        failed = counter("failed")
        delivered = counter("delivered")
        age = Metrics.Timer(label: "almanac_delivery_age", dimensions: [("channel", channel)])
    }

    func delivered(after microseconds: Int64) {
        delivered.increment()
        age.recordNanoseconds(max(0, microseconds) * 1_000)
    }
}
