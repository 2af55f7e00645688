import SQL
import JSON
import AlmanacRuntime
public import Scheduling

/// What the operator of the installation may do: organizations come and go here.
public actor Platform: TurnTaking {
    private let services: TenantServices
    private var running = RunningKeys()
    var turns = Turns()

    public init(services: TenantServices) { self.services = services }

    /// Makes an organization and its first API key, with every scope. The key is in the answer and nowhere else.
    public func create(
        name: String, slug: String?, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try running.begin(context.keyed)
        defer { running.end(context.keyed) }
        if let keyed = context.keyed, let reply = try await Idempotency(services: services).replay(keyed) {
            return reply
        }
        for attempt in 0..<8 {
            let now = services.clock.now()
            let id = services.ids.next()
            var chosen = slug ?? Slug.from(name, fallback: "organization")
            if slug == nil, attempt > 0 { chosen = "\(String(chosen.unicodeScalars.prefix(72)))-\(attempt + 1)" }
            if slug == nil, attempt > 4 { chosen = "organization-\(id)" }
            let record = OrganizationRecord(
                id: id, name: name, slug: chosen, version: 1, createdAt: now, updatedAt: now
            )
            let key = APIKey.mint(
                name: "First key", scopes: Set(Scope.allCases), organizationID: id, ids: services.ids, now: now
            )
            let reply = Reply(status: 201, body: record.json(apiKey: key.secret), id: id, version: 1)
            let row = OrganizationWrites.insert.row([.id(id), .text(name), .text(chosen), .instant(now)])
            let claim = context.keyed?.claim(status: 201, answer: reply.body, services.secrets, at: now)
            let outcome = await commit([row, key.row], id, "organization.create", context, claim, now)
            switch outcome {
            case .committed: return reply
            case .conflict where slug != nil: throw .slugTaken
            case .conflict, .stale, .keyTaken, .fenced, .failed, .unknown, .refused:
                if let kept = try await CommitFailure.reply(to: outcome, context, services) { return kept }
            }
        }
        throw .contended
    }

    /// Renames an organization.
    public func update(
        _ id: ID, name: String?, slug: String?, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> OrganizationRecord {
        try await inTurn(id) { () async throws(CommandError) -> OrganizationRecord in
            try await revise(id, ifMatch, "organization.update", context, isDeletion: false) { record in
                if let name { record.name = name }
                if let slug { record.slug = slug }
            }
        }
    }

    /// Deletes an organization: its credentials stop at once, its data stays in the record.
    public func delete(_ id: ID, ifMatch: VersionCondition?, _ context: CommandContext) async throws(CommandError) {
        _ = try await inTurn(id) { () async throws(CommandError) -> OrganizationRecord in
            try await revise(id, ifMatch, "organization.delete", context, isDeletion: true) { _ in }
        }
    }

    private func revise(
        _ id: ID, _ ifMatch: VersionCondition?, _ action: String, _ context: CommandContext, isDeletion: Bool,
        _ edit: (inout OrganizationRecord) -> Void
    ) async throws(CommandError) -> OrganizationRecord {
        for _ in 0..<8 {
            guard var record = try await OrganizationQueries(services.database).find(id) else {
                throw .notFound(what: "organization", pointer: nil)
            }
            if let ifMatch, !ifMatch.holds(VersionTag.of(id, record.version)) { throw .preconditionFailed }
            let now = services.clock.now()
            let present = record.json()
            edit(&record)
            if !isDeletion, JSON.areEqual(record.json(), present) { return record }
            let row = OrganizationWrites.update.row([
                .id(id), .int(record.version), .text(record.name), .text(record.slug), .instant(now),
                isDeletion ? .instant(now) : .null,
            ])
            record.version += 1
            record.updatedAt = now
            // Its calendars have no days any more that end.
            let rows = isDeletion ? [row, DayWrites.deleteClocks.row([.id(id)])] : [row]
            let outcome = await commit(rows, id, action, context, nil, now)
            switch outcome {
            case .committed: return record
            case .conflict: throw .slugTaken
            case .stale, .keyTaken, .fenced, .failed, .unknown, .refused:
                _ = try await CommitFailure.reply(to: outcome, context, services)
            }
        }
        throw .contended
    }

    private func commit(
        _ rows: [WriteRow], _ id: ID, _ action: String, _ context: CommandContext, _ claim: IdempotencyClaim?,
        _ now: Instant
    ) async -> CommitOutcome {
        let change = Change(
            key: id, organizationID: id, generation: nil, rows: rows,
            audit: AuditEntry(
                id: services.ids.next(), action: action, targetID: id, principal: context.principal,
                requestID: context.requestID, at: now
            ),
            idempotency: claim
        )
        return await services.log.commit([change]).first ?? .refused(.draining)
    }
}
