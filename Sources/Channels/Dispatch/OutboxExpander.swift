import SQL
import AlmanacRuntime
import Logging
import Scheduling
import TenantActors

/// Expands events into deliveries, each event once: the transaction that inserts its deliveries also deletes its outbox
/// row.
struct OutboxExpander: Sendable {
    /// How many events one batch reads and writes.
    static let batch = 128

    let services: TenantServices
    let channels: [any Channel]
    let schedule: RetrySchedule

    /// Expands at most one batch. Returns the number of events, and the channels that have work now.
    func expand() async throws(StoreError) -> (count: Int, channels: Set<String>) {
        let rows = try await services.database.query(DispatchReads.outbox, [.int(Self.batch)])
        if rows.isEmpty { return (0, []) }
        let now = services.clock.now()
        var reached: Set<String> = []
        var changes: [Change] = []
        for row in rows {
            let event = try row.id(0)
            let targets = row.isNull(4) ? [] : targets(row)
            reached.formUnion(targets.map(\.channel))
            let organization = try row.id(3)
            changes.append(
                Change(
                    key: event, organizationID: organization, generation: nil,
                    rows: DeliveryWrites.expand(
                        event: event, organization: organization, calendar: try row.id(1), seq: try row.integer(2),
                        into: targets, giveUpAt: now.adding(seconds: schedule.giveUpSeconds), now: now
                    ),
                    audit: nil
                )
            )
        }
        let outcomes = await services.log.commit(changes)
        for outcome in outcomes {
            switch outcome {
            // Stale: another node was first.
            case .committed, .stale: continue
            case .failed(let error): throw error
            case .unknown: throw StoreError(.unknownOutcome, "outbox")
            case .refused: throw StoreError(.unavailable, "the commit log takes nothing on")
            case .conflict, .keyTaken, .fenced: throw StoreError(.statement, "outbox")
            }
        }
        return (rows.count, reached)
    }

    /// An event that cannot be read has no targets, because it must not delay the others.
    private func targets(_ row: SQLRow) -> [(id: ID, channel: String, target: String)] {
        guard let notice = try? NoticeQuery.notice(row, at: 5), notice.isReadable else {
            services.logger.error("an event cannot be read, nobody is told of it")
            return []
        }
        return channels.filter { $0.capabilities.events.contains(notice.type) }.flatMap { channel in
            channel.targets(of: notice).map { (services.ids.next(), channel.capabilities.name, $0) }
        }
    }
}
