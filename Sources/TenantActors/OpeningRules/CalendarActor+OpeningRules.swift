import JSON
import AlmanacRuntime
public import Scheduling

/// The calendar's opening rules besides its settings: see docs/availability.md.
///
/// Changes take turns with those of the settings: each is decided on top of the one before. The calendar's own version
/// counts only its settings, so it does not change.
extension CalendarActor {
    // MARK: Asking

    /// One item.
    public func openingRule<Item: OpeningRuleItem>(_ itemID: ID, of type: Item.Type) throws(CommandError)
        -> StoredOpeningRule<Item>
    {
        guard let record = try current().openingRules.record(itemID, of: type) else {
            throw .notFound(what: Item.kind.noun, pointer: nil)
        }
        return record
    }

    /// At most `limit` items after `cursor`, in order of id.
    public func openingRules<Item: OpeningRuleItem>(
        of type: Item.Type, after cursor: ID?, limit: Int
    ) throws(CommandError) -> [StoredOpeningRule<Item>] {
        let records = try current().openingRules[keyPath: Item.path]
        let first = cursor.flatMap { cursor in records.firstIndex { $0.id > cursor } ?? records.count } ?? 0
        return Array(records[first...].prefix(limit))
    }

    // MARK: Changing

    /// Adds an item. It is in effect as soon as it is written.
    public func add<Item: OpeningRuleItem>(_ item: Item, _ context: CommandContext) async throws(CommandError) -> Reply
    {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await inTurn(id) { () async throws(CommandError) -> Reply in
                let present = try current()
                if let conflict = present.openingRules.conflict(of: item) { throw .conflict(conflict) }
                try checkWork(item, beside: present.openingRules)
                let now = services.clock.now()
                let added = StoredOpeningRule(id: services.ids.next(), item: item, createdAt: now, updatedAt: now)
                var openingRules = present.openingRules
                openingRules.put(added)
                let edit = OpeningRuleEdit(
                    kind: Item.kind, itemID: added.id, verb: .create, openingRules: openingRules,
                    row: OpeningRuleTable.of(Item.kind).insert(added, of: present), dates: item.dates
                )
                let reply = Reply(status: 201, body: added.json(calendar: id), id: added.id, version: 1)
                return try await write(edit, over: present, answering: reply, context, now: now) ?? reply
            }
        }
    }

    /// Replaces an item. The new one gets the id of the old one.
    public func replace<Item: OpeningRuleItem>(
        _ itemID: ID, with item: Item, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> StoredOpeningRule<Item> {
        try await inTurn(id) { () async throws(CommandError) -> StoredOpeningRule<Item> in
            let old = try matching(itemID, of: Item.self, ifMatch)
            if item == old.item { return old }
            let present = try current()
            if let conflict = present.openingRules.conflict(of: item, replacing: itemID) { throw .conflict(conflict) }
            try checkWork(item, beside: present.openingRules, replacing: itemID)
            let now = services.clock.now()
            var changed = old
            changed.item = item
            changed.version += 1
            changed.updatedAt = now
            var openingRules = present.openingRules
            openingRules.put(changed)
            let edit = OpeningRuleEdit(
                kind: Item.kind, itemID: itemID, verb: .update, openingRules: openingRules,
                row: OpeningRuleTable.of(Item.kind).update(changed), dates: old.item.dates.union(item.dates)
            )
            _ = try await write(edit, over: present, context, now: now)
            return changed
        }
    }

    /// Removes an item. Its row stays, marked as deleted.
    public func remove<Item: OpeningRuleItem>(
        _ itemID: ID, of type: Item.Type, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) {
        try await inTurn(id) { () async throws(CommandError) in
            let old = try matching(itemID, of: type, ifMatch)
            let present = try current()
            let now = services.clock.now()
            var openingRules = present.openingRules
            openingRules.remove(itemID, of: type)
            let edit = OpeningRuleEdit(
                kind: Item.kind, itemID: itemID, verb: .delete, openingRules: openingRules,
                row: OpeningRuleTable.of(Item.kind).delete(old, at: now), dates: old.item.dates
            )
            _ = try await write(edit, over: present, context, now: now)
        }
    }

    /// Throws if the calendar's rules would need too much work together.
    private func checkWork<Item: OpeningRuleItem>(
        _ item: Item, beside openingRules: StoredOpeningRules, replacing replaced: ID? = nil
    ) throws(CommandError) {
        if let error = openingRules.excess(of: item, replacing: replaced, limit: services.ruleSteps) {
            throw .invalid(ValidationError(errors: [error]))
        }
    }

    private func matching<Item: OpeningRuleItem>(
        _ itemID: ID, of type: Item.Type, _ ifMatch: VersionCondition?
    ) throws(CommandError) -> StoredOpeningRule<Item> {
        let record = try openingRule(itemID, of: type)
        try record.check(ifMatch)
        return record
    }

    /// Writes a change; returns the stored answer if the idempotency key was used before.
    private func write(
        _ edit: OpeningRuleEdit, over present: CalendarRecord, answering reply: Reply? = nil, _ context: CommandContext,
        now: Instant
    ) async throws(CommandError) -> Reply? {
        var next = present
        next.openingRules = edit.openingRules
        next.openingRulesVersion += 1
        let payload = edit.payload(calendar: id)
        let change = change(
            [CalendarWrites.changeOpeningRules(present), edit.row],
            events: [event("availability.changed", id, payload, now)], action: edit.action, target: edit.itemID,
            context, keyedStatus: reply?.status, answer: reply?.body, now: now
        )
        let decision = Decision.reconfigure(next.rules(zone: state.rules.zone))
        let outcome = await write([(Pending(decision: decision, record: next), change)])
        if case .committed = outcome { return nil }
        if let kept = try await failure(outcome, context) { return kept }
        // The database knows an item or a version that memory does not: load again.
        distrust()
        throw .retired
    }
}
