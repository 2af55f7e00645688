import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/calendars/{id}/availability-rules`, `…/buffer-times`, `…/break-times`, `…/blackout-dates`: what shapes a calendar's
/// open time beside its settings, one kind of it.
struct OpeningRuleRoutes<Item: OpeningRuleItem> {
    let api: API

    static var collection: String { "/api/v1/calendars/{id}/\(Item.kind.collection)" }

    func register(on routes: RouteTable) {
        let item = "\(Self.collection)/{\(Item.kind.parameter)}"
        routes.post(Self.collection, create)
        routes.get(Self.collection, query: .page, list)
        routes.get(item, get)
        routes.put(item, replace)
        routes.delete(item, delete)
    }

    // MARK: The one way to what is asked for, and the one to what is changed

    private nonisolated(nonsending) func read<R: Sendable>(
        _ calendar: ID, for principal: Principal,
        _ body: nonisolated(nonsending) (CalendarActor) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        try await api.tenants.calendar(calendar, for: principal, needing: .view, body)
    }

    private nonisolated(nonsending) func write<R: Sendable>(
        _ calendar: ID, for principal: Principal,
        _ body: nonisolated(nonsending) (CalendarActor) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        try await api.tenants.calendar(calendar, for: principal, needing: .edit, body)
    }

    // MARK: Reading

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let calendar = try api.id(context, "calendar")
        let query = QueryReader(request)
        let page = query.page(api, context, of: principal.organizationID)
        try query.check()
        let records = try await read(calendar, for: principal) { actor async throws(CommandError) in
            try await actor.openingRules(of: Item.self, after: page.cursor, limit: page.limit + 1)
        }
        return Answer.page(records, page, id: { $0.id }) { $0.write(to: &$1, calendar: calendar) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let calendar = try api.id(context, "calendar")
        let item = try itemID(context)
        let record = try await read(calendar, for: principal) { actor async throws(CommandError) in
            try await actor.openingRule(item, of: Item.self)
        }
        return answer(record, of: calendar, request)
    }

    // MARK: Changing

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        try await create(request, context, reading: Item.read)
    }

    /// Takes a body that `reading` understands.
    func create(
        _ request: Request, _ context: APIContext, reading: (ObjectReader) -> Item?
    ) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let calendar = try api.id(context, "calendar")
        let (json, bytes) = try await api.json(request)
        let item = try api.read(json, reading)
        let command = try api.command(request, context, principal, body: bytes)
        let reply = try await write(calendar, for: principal) { actor async throws(CommandError) in
            try await actor.add(item, command)
        }
        return Answer.reply(reply, location: "\(CalendarRoutes.collection)/\(calendar)/\(Item.kind.collection)")
    }

    func replace(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let calendar = try api.id(context, "calendar")
        let itemID = try itemID(context)
        let (json, bytes) = try await api.json(request)
        let item = try api.read(json, Item.read)
        let command = try api.command(request, context, principal, body: bytes)
        let ifMatch = api.ifMatch(request)
        let record = try await write(calendar, for: principal) { actor async throws(CommandError) in
            try await actor.replace(itemID, with: item, ifMatch: ifMatch, command)
        }
        return answer(record, of: calendar, request)
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let calendar = try api.id(context, "calendar")
        let itemID = try itemID(context)
        let command = try api.command(request, context, principal)
        let ifMatch = api.ifMatch(request)
        try await write(calendar, for: principal) { actor async throws(CommandError) in
            try await actor.remove(itemID, of: Item.self, ifMatch: ifMatch, command)
        }
        return Response(status: .noContent)
    }

    private func answer(_ record: StoredOpeningRule<Item>, of calendar: ID, _ request: Request) -> Response {
        Answer.resource(record.json(calendar: calendar), id: record.id, version: record.version, request, api)
    }

    /// The item's id in the path; what is no id names nothing.
    private func itemID(_ context: APIContext) throws -> ID {
        guard let text = context.parameters.get(Item.kind.parameter), let id = ID(text) else {
            throw Problem.notFound(Item.kind.noun)
        }
        return id
    }
}

extension OpeningRuleRoutes where Item == BreakTime {
    /// Recurring breaks have an address of their own to be made at, where their kind need not be said.
    func registerRecurring(on routes: RouteTable) {
        routes.post("\(Self.collection)/recurring", createRecurring)
    }

    func createRecurring(_ request: Request, _ context: APIContext) async throws -> Response {
        try await create(request, context, reading: BreakTime.readRecurring)
    }
}
