import SQL
public import AlmanacRuntime
public import Scheduling

/// One organization: creates its calendars and credentials.
public actor OrganizationActor: CommandActor {
    public nonisolated let id: ID
    nonisolated let services: TenantServices
    /// The tenure under which the actor was loaded, and under which it decides.
    public nonisolated let tenure: Tenure
    var running = RunningKeys()
    var turns = Turns()

    init(id: ID, tenure: Tenure, services: TenantServices) {
        self.id = id
        self.tenure = tenure
        self.services = services
    }

    /// Loads an organization; throws if there is no such one, or it was deleted.
    public static func activate(_ id: ID, services: TenantServices) async throws(CommandError) -> OrganizationActor {
        guard let tenure = services.ownership.tenure(of: id) else { throw .shardMoving }
        guard try await OrganizationQueries(services.database).find(id) != nil else {
            throw .notFound(what: "organization", pointer: nil)
        }
        return OrganizationActor(id: id, tenure: tenure, services: services)
    }

    /// Creates a calendar. If a slug that the caller did not choose is taken, it gets a suffix.
    public func createCalendar(
        _ settings: CalendarSettings, isSlugChosen: Bool, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            var settings = settings
            return try await untilWritten { attempt async throws(CommandError) -> Reply? in
                let now = services.clock.now()
                let record = CalendarRecord(
                    id: services.ids.next(), organizationID: id, settings: settings, createdAt: now, updatedAt: now
                )
                let reply = Reply(status: 201, body: record.json, id: record.id, version: 1)
                let outcome = await write(
                    CalendarWrites.insert(record) + clock(of: record, now), action: "calendar.create",
                    target: record.id, reply, context, now
                )
                if case .conflict = outcome, !isSlugChosen, attempt < 7 {
                    let letters = Base64URL.encode(services.ids.secret(bytes: 3)).exact.asciiLowercased.utf8
                        .filter { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
                    let suffix = String(decoding: letters, as: UTF8.self)
                    settings.slug = "\(String(settings.slug.unicodeScalars.prefix(72)))-\(suffix)\(attempt + 2)"
                    return nil
                }
                return try await answer(reply, after: outcome, conflict: .slugTaken, context)
            }
        }
    }

    /// The clock of a new calendar, which says when its first day must be recorded.
    private func clock(of record: CalendarRecord, _ now: Instant) -> [WriteRow] {
        guard let zone = try? services.zones.zone(record.settings.timezone) else { return [] }
        let clock = CalendarClock(beginningAt: now, in: zone)
        return [DayWrites.clock(clock, calendar: record.id, organization: id)]
    }

    /// Creates an API key. Only the answer contains its secret.
    ///
    /// - Parameter granted: the scopes of the creator, which limit those of the key; nil for the operator, who has no
    ///   limit.
    public func createKey(
        _ command: CreateAPIKey, granted: Set<Scope>?, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            let now = services.clock.now()
            if let granted,
                let missing = Scope.allCases.first(where: { command.scopes.subtracting(granted).contains($0) })
            {
                throw .missingScope(missing)
            }
            if let end = command.expiresAt, end <= now { throw .invalid(CreateAPIKey.alreadyOver) }
            let key = APIKey.mint(
                name: command.name, scopes: command.scopes, expiresAt: command.expiresAt, organizationID: id,
                ids: services.ids, now: now
            )
            let reply = Reply(status: 201, body: key.record.json(secret: key.secret), id: key.record.id)
            let outcome = await write(
                [key.row], action: "api_key.create", target: key.record.id, reply, context, now
            )
            guard let answer = try await answer(reply, after: outcome, context) else { throw .contended }
            return answer
        }
    }

    /// Revokes an API key; throws if the organization has no such key in force, or if no key with `admin` would remain.
    public func revokeKey(_ keyID: ID, _ context: CommandContext) async throws(CommandError) {
        // Revocations take turns. Otherwise two at the same time could each rely on the other key to remain.
        try await inTurn(id) { () async throws(CommandError) in try await revokeKeyNow(keyID, context) }
    }

    private func revokeKeyNow(_ keyID: ID, _ context: CommandContext) async throws(CommandError) {
        let now = services.clock.now()
        let outcome = await write(
            [OrganizationWrites.revokeKey.row([.id(keyID), .id(id), .instant(now)])],
            action: "api_key.revoke", target: keyID, nil, context, now
        )
        if case .committed = outcome { return }
        if case .stale = outcome {
            let isThere = try await OrganizationQueries(services.database).key(keyID, id) != nil
            throw isThere ? .lastAdminKey : .notFound(what: "api key", pointer: nil)
        }
        _ = try await failure(outcome, context)
        throw .contended
    }

    func write(
        _ rows: [WriteRow], action: String, target: ID, _ reply: Reply?, _ context: CommandContext, _ now: Instant
    ) async -> CommitOutcome {
        let claim = reply.flatMap { reply in
            context.keyed?.claim(status: reply.status, answer: reply.body, services.secrets, at: now)
        }
        let change = Change(
            key: id, organizationID: id, generation: nil, tenure: tenure, rows: rows,
            audit: AuditEntry(
                id: services.ids.next(), action: action, targetID: target, principal: context.principal,
                requestID: context.requestID, at: now
            ),
            idempotency: claim
        )
        return await services.log.commit([change]).first ?? .refused(.draining)
    }

    /// Never throws: each command and each write checks the tenure.
    func checkInForce() throws(CommandError) {}

    func failure(_ outcome: CommitOutcome, _ context: CommandContext) async throws(CommandError) -> Reply? {
        if case .fenced = outcome {
            // Nothing was written, because the record knows another tenure.
            services.ownership.lookAgain()
            throw .shardMoving
        }
        return try await CommitFailure.reply(to: outcome, context, services)
    }
}
