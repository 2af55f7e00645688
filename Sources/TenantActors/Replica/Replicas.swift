public import AlmanacRuntime
public import Scheduling

/// The calendars of other nodes that this one answers for from its own memory: read-only.
public final class Replicas: Sendable {
    let calendars: Directory<CalendarKey, CalendarReplica>
    let agenda = ReplicaAgenda<CalendarKey>()
    let context: ReplicaContext

    /// - Parameters:
    ///   - hot: where the owners share their calendars.
    ///   - limit: the most replicas that are in memory at once.
    public init(
        services: TenantServices, hot: HotState, limit: Int,
        monotonic: @escaping @Sendable () -> UInt64 = SystemClock.monotonic
    ) {
        let context = ReplicaContext(
            services: services, hot: hot, reads: ReplicaReads(services: services), counts: ReplicaCounts()
        )
        self.context = context
        let agenda = agenda
        calendars = Directory(
            name: "replicas", limit: limit,
            activate: { key in try await CalendarReplica.activate(key, context) { agenda.add(key) } },
            passivate: { _, replica in await replica.leave() }, now: monotonic
        )
    }

    /// The slots of a calendar that the principal may see.
    public nonisolated(nonsending) func availability(
        of calendar: ID, _ query: AvailabilityQuery, for principal: Principal, pointer: String? = nil
    ) async throws(CommandError) -> AvailabilityAnswer {
        try await replica(calendar, for: principal, pointer: pointer) { replica async throws(CommandError) in
            try await replica.availability(query)
        }
    }

    /// Whether a start of a calendar that the principal may see can be booked, and what refuses it.
    public nonisolated(nonsending) func explain(
        _ calendar: ID, at start: Instant, duration: Int?, for principal: Principal, pointer: String? = nil
    ) async throws(CommandError) -> [UInt8] {
        try await replica(calendar, for: principal, pointer: pointer) { replica async throws(CommandError) in
            try await replica.explain(at: start, duration: duration)
        }
    }

    /// Subscribes to a calendar that the principal may see. The first messages are received before this returns.
    public nonisolated(nonsending) func subscribe(
        _ query: FeedQuery, for principal: Principal, _ sink: any FeedSink
    ) async throws(CommandError) -> FeedSubscription {
        let pointer = "/calendar_id"
        for _ in 0..<4 {
            try await replica(query.calendarID, for: principal, pointer: pointer) { _ throws(CommandError) in }
            do {
                let lease = try await calendars.lease(key(query.calendarID, principal))
                let id = try await lease.with { replica in try await replica.subscribe(query, sink) }
                return FeedSubscription(seat: LeasedSeat(lease, id))
            } catch let error as DirectoryError where error.code == .revoked {
                continue
            } catch {
                let error = Tenants.plain(error, pointer: pointer)
                guard case .retired = error else { throw error }
            }
        }
        throw .contended
    }

    private func key(_ calendar: ID, _ principal: Principal) -> CalendarKey {
        CalendarKey(organization: principal.organizationID, calendar: calendar)
    }

    private nonisolated(nonsending) func replica<R: Sendable>(
        _ calendar: ID, for principal: Principal, pointer: String?,
        _ body: nonisolated(nonsending) (CalendarReplica) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        do {
            return try await calendars.with(key(calendar, principal)) { replica in
                if let member = principal.member {
                    // Whose it is may have changed since it was read.
                    try await replica.freshen()
                    guard await replica.isOwned(by: member) else {
                        throw CommandError.notFound(what: "calendar", pointer: pointer)
                    }
                }
                return try await body(replica)
            }
        } catch {
            throw Tenants.plain(error, pointer: pointer)
        }
    }

    // MARK: Leaving

    /// Takes a calendar's replica out: this node owns the calendar now, or it is gone. Watchers are sent to ask again.
    public nonisolated(nonsending) func evict(_ calendar: ID, of organization: ID) async {
        await calendars.evict(CalendarKey(organization: organization, calendar: calendar))
    }

    /// Takes the replicas of some shards out.
    public nonisolated(nonsending) func evict(_ shards: Set<Shard>) async {
        for (key, _) in calendars.residents() where shards.contains(Shard(of: key.organization)) {
            await calendars.evict(key)
        }
    }

    /// Takes out those that nobody asked for.
    public nonisolated(nonsending) func passivateIdle(olderThan nanoseconds: UInt64) async {
        await calendars.passivateIdle(olderThan: nanoseconds)
    }

    /// Takes all out, and no more in.
    public nonisolated(nonsending) func drain() async { await calendars.drain() }
}
