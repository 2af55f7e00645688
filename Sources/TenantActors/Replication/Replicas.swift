public import AlmanacRuntime
public import Scheduling

/// Read-only copies of other nodes' calendars, from which this node answers.
public final class Replicas: Sendable {
    let calendars: Directory<CalendarKey, CalendarReplica>
    let agenda = ReplicaAgenda<CalendarKey>()
    let context: ReplicaContext
    private let members: MemberDirectory

    /// - Parameters:
    ///   - hot: where the owners share their calendars.
    ///   - limit: how many replicas may be in memory at once.
    public init(
        services: TenantServices, hot: HotState, members: MemberDirectory, limit: Int,
        monotonic: @escaping @Sendable () -> UInt64 = SystemClock.monotonic
    ) {
        let context = ReplicaContext(
            services: services, hot: hot, reads: ReplicaReads(services: services), counts: ReplicaCounts()
        )
        self.context = context
        self.members = members
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
        try await replica(calendar, for: principal, needing: .viewFreeBusy, pointer: pointer) {
            replica, _ async throws(CommandError) in
            if let answer = try await replica.promptAvailability(query) { return answer }
            return try await heavily(for: principal) { () async throws(CommandError) in
                try await replica.availability(query)
            }
        }
    }

    /// Whether a start of a calendar that the principal may see can be booked, and the reasons if not.
    public nonisolated(nonsending) func explain(
        _ calendar: ID, at start: Instant, duration: Int?, for principal: Principal, pointer: String? = nil
    ) async throws(CommandError) -> [UInt8] {
        try await replica(calendar, for: principal, needing: .view, pointer: pointer) {
            replica, _ async throws(CommandError) in
            let namesBookings = principal.scopes.contains(.appointmentsRead)
            if await replica.isExplainingLight {
                return try await replica.explain(at: start, duration: duration, namesBookings: namesBookings)
            }
            return try await heavily(for: principal) { () async throws(CommandError) in
                try await replica.explain(at: start, duration: duration, namesBookings: namesBookings)
            }
        }
    }

    private func heavily<R: Sendable>(
        for principal: Principal, _ body: @Sendable () async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        try await context.services.work.run(
            for: principal.organizationID, refusal: CommandError.overloaded, body
        )
    }

    /// Subscribes to a calendar that the principal may see; nil if it changed under the attempt. The first messages
    /// arrive before this returns.
    nonisolated(nonsending) func subscribe(
        _ query: FeedQuery, for principal: Principal, to sink: any FeedSink
    ) async throws(CommandError) -> (any FeedSubscription)? {
        try await replica(query.calendarID, for: principal, needing: .viewFreeBusy, pointer: "/calendar_id") {
            _, _ throws(CommandError) in
        }
        return try await calendars.subscribe(query, for: principal, to: sink) {
            () async throws(CommandError) in try await members.viewer(of: principal, isFresh: true)
        }
    }

    private func key(_ calendar: ID, _ principal: Principal) -> CalendarKey {
        CalendarKey(organization: principal.organizationID, calendar: calendar)
    }

    /// The stored calendar, and what the principal may do with it.
    nonisolated(nonsending) func current(
        _ calendar: ID, for principal: Principal, needing permission: Permission
    ) async throws(CommandError) -> (record: CalendarRecord, access: Access) {
        try await replica(calendar, for: principal, needing: permission, pointer: nil) {
            replica, access async throws(CommandError) in
            (try await replica.current(), access)
        }
    }

    private nonisolated(nonsending) func replica<R: Sendable>(
        _ calendar: ID, for principal: Principal, needing permission: Permission, pointer: String?,
        _ body: nonisolated(nonsending) (CalendarReplica, Access) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        // This node learns of membership changes only by announcements, and an answer must not be older than its
        // request.
        let viewer = try await members.viewer(of: principal, isFresh: true)
        let key = key(calendar, principal)
        for _ in 0..<2 {
            do {
                return try await calendars.with(key) { replica in
                    try await replica.checkInForce()
                    guard let viewer else { return try await body(replica, Access(viewer: nil, permission: .manage)) }
                    // Owner and shares may have changed since the replica was read.
                    try await replica.freshen()
                    guard let given = await replica.permission(of: viewer) else {
                        throw CommandError.notFound(what: "calendar", pointer: pointer)
                    }
                    guard given >= permission else { throw CommandError.insufficientPermission(permission) }
                    return try await body(replica, Access(viewer: viewer, permission: given))
                }
            } catch {
                let error = Tenants.plain(error, pointer: pointer)
                guard case .retired = error else { throw error }
                await calendars.evict(key)
            }
        }
        throw .contended
    }

    /// Ends the subscriptions whose viewer has changed, in one organization or in all, so that they subscribe again.
    func reviewWatchers(of organization: ID?) async {
        await calendars.forEachActive { key, replica in
            guard organization ?? key.organization == key.organization else { return }
            let changed = await members.changed(await replica.watchingViewers, of: key.organization)
            if !changed.isEmpty { await replica.dismiss(changed) }
        }
    }

    // MARK: Leaving

    /// Removes a calendar's replica, because this node now owns the calendar, or it was deleted. Its watchers subscribe
    /// again.
    public nonisolated(nonsending) func evict(_ calendar: ID, of organization: ID) async {
        await calendars.evict(CalendarKey(organization: organization, calendar: calendar))
    }

    /// Removes the replicas of some shards.
    public nonisolated(nonsending) func evict(_ shards: Set<Shard>) async {
        for (key, _) in calendars.residents() where shards.contains(Shard(of: key.organization)) {
            await calendars.evict(key)
        }
    }

    /// Removes idle replicas.
    public nonisolated(nonsending) func passivateIdle(olderThan nanoseconds: UInt64) async {
        await calendars.passivateIdle(olderThan: nanoseconds)
    }

    /// Removes all replicas, and loads no more.
    public nonisolated(nonsending) func drain() async { await calendars.drain() }
}
