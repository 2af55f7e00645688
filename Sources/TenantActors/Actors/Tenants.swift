import Connecting
public import SQL
public import AlmanacRuntime
public import Scheduling

/// Lends actors to callers: for one organization, and only within a closure.
public final class Tenants: Sendable {
    /// Organizations and calendars with an expired hold: some of them, if there are many.
    static let holdsDue = NamedRead(
        "holds_due", [.instant],
        sql: """
            SELECT DISTINCT organization_id, calendar_id FROM time_slots WHERE kind = 'hold' AND expires_at <= $1 LIMIT 256
            """
    )

    public let services: TenantServices
    public let calendars: Directory<CalendarKey, CalendarActor>
    public let organizations: Directory<ID, OrganizationActor>
    public let keys: APIKeyDirectory
    public let members: MemberDirectory
    let links: ShareLinkDirectory
    public let platform: Platform
    public let answers: KeyedAnswers
    /// Replicas of other nodes' calendars; nil without other nodes.
    public let replicas: Replicas?

    /// - Parameters:
    ///   - maxActive: how many calendars, and how many organizations, may be in memory at once.
    ///   - maxCredentialAge: after this time a cached credential is looked up again; nil for never.
    public init(
        services: TenantServices, maxActive: Int, maxCredentialAge: Duration? = nil,
        monotonic: @escaping @Sendable () -> UInt64 = SystemClock.monotonic
    ) {
        self.services = services
        let maxAge = maxCredentialAge?.nanoseconds ?? .max
        keys = APIKeyDirectory(database: services.database, clock: services.clock, maxAge: maxAge)
        let members = MemberDirectory(database: services.database, maxAge: maxAge, monotonic: monotonic)
        self.members = members
        links = ShareLinkDirectory(database: services.database)
        platform = Platform(services: services)
        answers = KeyedAnswers(services: services)
        replicas = services.hotState.map {
            Replicas(services: services, hot: $0, members: members, limit: maxActive, monotonic: monotonic)
        }
        calendars = Directory(
            name: "calendars", limit: maxActive,
            activate: { try await CalendarActor.activate($0, services: services) },
            passivate: { _, calendar in await calendar.leave() }, now: monotonic
        )
        organizations = Directory(
            name: "organizations", limit: maxActive,
            activate: { try await OrganizationActor.activate($0, services: services) }, now: monotonic
        )
    }

    /// Runs `body` with a calendar for which the principal has this permission.
    ///
    /// Throws `notFound` if the principal has no permission at all, and `insufficientPermission` if it is too low.
    public nonisolated(nonsending) func calendar<R: Sendable>(
        _ id: ID, for principal: Principal, needing permission: Permission, pointer: String? = nil,
        _ body: nonisolated(nonsending) (CalendarActor) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        try await permitted(id, for: principal, needing: permission, pointer: pointer) {
            calendar, _ async throws(CommandError) in
            try await body(calendar)
        }
    }

    /// Runs `body` with a calendar and the principal's permission.
    public nonisolated(nonsending) func permitted<R: Sendable>(
        _ id: ID, for principal: Principal, needing permission: Permission, pointer: String? = nil,
        _ body: nonisolated(nonsending) (CalendarActor, Access) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        let viewer = try await viewer(of: principal)
        let key = CalendarKey(organization: principal.organizationID, calendar: id)
        return try await reach(key, of: key.organization, in: calendars, pointer: pointer) {
            calendar async throws(CommandError) in
            guard let viewer else { return try await body(calendar, Access(viewer: nil, permission: .manage)) }
            guard let given = try await calendar.permission(of: viewer) else {
                throw .notFound(what: "calendar", pointer: pointer)
            }
            guard given >= permission else { throw .insufficientPermission(permission) }
            return try await body(calendar, Access(viewer: viewer, permission: given))
        }
    }

    /// Runs `body` with the principal's organization.
    public nonisolated(nonsending) func organization<R: Sendable>(
        _ id: ID, _ body: nonisolated(nonsending) (OrganizationActor) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        try await reach(id, of: id, in: organizations, body)
    }

    /// Whether a principal's credential is still valid: it is not revoked, and its organization is not deleted.
    public func isInForce(_ principal: Principal) async throws(CommandError) -> Bool {
        try await keys.isInForce(principal)
    }

    /// Runs a command that ends credentials. Whatever its outcome, all nodes then drop what they remember of them,
    /// because a command with an unknown outcome may have been written.
    public nonisolated(nonsending) func revoking(
        _ body: nonisolated(nonsending) () async throws -> Void
    ) async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await services.announceRevocation()
        try result.get()
    }

    /// The calendars in memory that the clock affects now.
    public func calendarsDue(_ now: Instant) async -> [CalendarKey] {
        var due: [CalendarKey] = []
        await calendars.forEachActive { key, calendar in
            if await calendar.isDue(now) { due.append(key) }
        }
        return due
    }

    /// This node's calendars with an expired hold, in memory or not: some of them, if there are many.
    public func calendarsWithHoldsDue(_ now: Instant) async throws(StoreError) -> [CalendarKey] {
        let rows = try await services.database.query(Self.holdsDue, [.instant(now)])
        return try rows.map { row throws(StoreError) in
            CalendarKey(organization: try row.id(0), calendar: try row.id(1))
        }.filter { services.ownership.tenure(of: $0.organization) != nil }
    }

    /// Applies the clock to a calendar.
    public func tick(_ key: CalendarKey) async {
        // If a calendar cannot be reached now, the next tick tries again.
        try? await reach(key, of: key.organization, in: calendars, attempts: 1) {
            calendar async throws(CommandError) in
            await calendar.tick()
        }
    }

    /// Evicts the actors of shards that this node no longer owns. Returns when no call runs on them any more, or after
    /// `limit`.
    public func leave(_ shards: [Shard], within limit: Duration = .seconds(2)) async {
        let gone = Set(shards)
        let end = SystemClock.monotonic() + limit.nanoseconds
        while true {
            let keys = calendars.residents().map(\.0).filter { gone.contains(Shard(of: $0.organization)) }
            let owners = organizations.residents().map(\.0).filter { gone.contains(Shard(of: $0)) }
            for key in keys { await calendars.evict(key) }
            for id in owners { await organizations.evict(id) }
            if keys.isEmpty && owners.isEmpty || SystemClock.monotonic() >= end { return }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Takes note that this node now owns these shards, and drops their replicas.
    public func gained(_ shards: [Shard]) async {
        // A former owner may have changed a membership without being able to announce it.
        members.forgetAll()
        await replicas?.evict(Set(shards))
    }

    func commandError(_ error: any Error, pointer: String?) -> CommandError {
        let error = Self.plain(error, pointer: pointer)
        switch error {
        case .unavailable(let cause) where cause.code == .fenced: services.ownership.lookAgain()
        default: return error
        }
        return .shardMoving
    }

    static func plain(_ error: any Error, pointer: String?) -> CommandError {
        switch error {
        case CommandError.notFound(let what, nil): .notFound(what: what, pointer: pointer)
        case let error as CommandError: error
        case let error as DirectoryError: error.code == .overloaded ? .overloaded : .draining
        case let error as StoreError: .unavailable(error)
        default: .unavailable(StoreError(.unavailable, "an actor could not be reached"))
        }
    }
}
