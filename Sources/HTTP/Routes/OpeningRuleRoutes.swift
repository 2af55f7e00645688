import Hummingbird
import TenantActors

/// `/calendars/{id}/availability-rules`, `…/buffer-times`, `…/break-times`, `…/blackout-dates`: one kind of opening
/// rules.
enum OpeningRuleRoutes<Item: OpeningRuleItem> {
    static var collection: String { "\(CalendarRoutes.one)/\(Item.kind.collection)" }

    static var table: [Route] {
        let (item, noun) = ("\(collection)/{\(Item.kind.parameter)}", Item.kind.noun)
        return [
            Route(.post, collection, .scope(.calendarsWrite), of: "calendar", .json(Item.read), add),
            Route(.get, collection, .scope(.calendarsRead), query: .page, of: "calendar", list),
            Route(.get, item, .scope(.calendarsRead), of: "calendar", item: noun, get),
            Route(.put, item, .scope(.calendarsWrite), of: "calendar", item: noun, .json(Item.read), replace),
            Route(.delete, item, .scope(.calendarsWrite), of: "calendar", item: noun, delete),
        ]
    }

    static func add(_ call: Call, _ item: Item) async throws -> Response {
        try await call.calendar(needing: .edit) { try await $0.add(item, $1) }.response(in: call.address(collection))
    }

    static func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let records = try await call.calendar(needing: .view) {
            try await $0.openingRules(of: Item.self, after: page.cursor, limit: page.lookahead)
        }
        return page.answer(records, id: \.id) { $0.write(to: &$1, calendar: call.id) }
    }

    static func get(_ call: Call) async throws -> Tagged {
        let rule = try await call.calendar(needing: .view) { try await $0.openingRule(call.itemID, of: Item.self) }
        return Tagged(rule, rule.json(calendar: call.id))
    }

    static func replace(_ call: Call, _ item: Item) async throws -> Tagged {
        let rule = try await call.calendar(needing: .edit) {
            try await $0.replace(call.itemID, with: item, ifMatch: call.ifMatch, $1)
        }
        return Tagged(rule, rule.json(calendar: call.id))
    }

    static func delete(_ call: Call) async throws {
        try await call.calendar(needing: .edit) {
            try await $0.remove(call.itemID, of: Item.self, ifMatch: call.ifMatch, $1)
        }
    }
}

extension OpeningRuleRoutes<BreakTime> {
    /// Recurring breaks can also be created at a path of their own, without naming their kind.
    static var recurring: [Route] {
        [
            Route(
                .post, "\(collection)/recurring", .scope(.calendarsWrite), of: "calendar",
                .json(BreakTime.readRecurring), add
            )
        ]
    }
}
