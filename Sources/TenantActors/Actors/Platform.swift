import SQL
import JSON
import AlmanacRuntime
public import Scheduling

/// The operator's commands: creates, renames and deletes organizations.
public actor Platform: CommandActor {
    nonisolated let services: TenantServices
    var running = RunningKeys()
    var turns = Turns()

    public init(services: TenantServices) { self.services = services }

    /// Creates an organization and its first API key, with every scope. Only the answer contains the key.
    public func create(
        name: String, slug: String?, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await untilWritten { attempt async throws(CommandError) -> Reply? in
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
                return try await answer(reply, after: outcome, conflict: slug == nil ? nil : .slugTaken, context)
            }
        }
    }

    /// Renames an organization.
    public func update(
        _ id: ID, name: String?, slug: String?, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> OrganizationRecord {
        try await revise(id, ifMatch, "organization.update", context, isDeletion: false) { record in
            if let name { record.name = name }
            if let slug { record.slug = slug }
        }
    }

    /// Deletes an organization. Its credentials stop at once; its data stays in the record.
    public func delete(_ id: ID, ifMatch: VersionCondition?, _ context: CommandContext) async throws(CommandError) {
        _ = try await revise(id, ifMatch, "organization.delete", context, isDeletion: true) { _ in }
    }

    private func revise(
        _ id: ID, _ ifMatch: VersionCondition?, _ action: String, _ context: CommandContext, isDeletion: Bool,
        _ edit: (inout OrganizationRecord) -> Void
    ) async throws(CommandError) -> OrganizationRecord {
        try await revise(
            inTurnOf: id, ifMatch: ifMatch, context, conflict: .slugTaken,
            read: { () async throws(CommandError) -> OrganizationRecord in
                guard let record = try await OrganizationQueries(services.database).find(id) else {
                    throw .notFound(what: "organization", pointer: nil)
                }
                return record
            }, unchanged: { $0 }
        ) { present, now async throws(CommandError) -> (answer: OrganizationRecord, outcome: CommitOutcome)? in
            var record = present
            edit(&record)
            if !isDeletion, JSON.areEqual(record.json(), present.json()) { return nil }
            let row = OrganizationWrites.update.row([
                .id(id), .int(record.version), .text(record.name), .text(record.slug), .instant(now),
                isDeletion ? .instant(now) : .null,
            ])
            record.version += 1
            record.updatedAt = now
            // The days of its calendars need no more records.
            let rows = isDeletion ? [row, DayWrites.deleteClocks.row([.id(id)])] : [row]
            return (record, await commit(rows, id, action, context, nil, now))
        }
    }

    /// Never throws, because this actor keeps nothing in memory.
    func checkInForce() throws(CommandError) {}

    func failure(_ outcome: CommitOutcome, _ context: CommandContext) async throws(CommandError) -> Reply? {
        try await CommitFailure.reply(to: outcome, context, services)
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
