import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/realtime` as far as it is HTTP: tickets, and a word to those who ask without an upgrade.
struct RealtimeRoutes {
    static let query: QueryRule = ["ticket"]

    let api: API

    func register(on routes: RouteTable) {
        routes.post("/api/v1/realtime/tickets", at: .anywhere, ticket)
        routes.get("/api/v1/realtime", at: .anywhere, query: Self.query, upgradeRequired)
    }

    func ticket(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let (json, bytes) = try await api.optionalJSON(request)
        _ = try api.read(json) { reader in
            reader.finish()
            return reader.errors.isEmpty ? true : nil
        }
        let command = try api.command(request, context, principal, body: bytes)
        let reply = try await api.tenants.answers.answer(command) { () async throws(CommandError) -> Reply in
            let (secret, expiresAt) = try await api.tickets.issue(principal)
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("ticket", secret)
            writer.field("expires_at", expiresAt.rfc3339)
            writer.endObject()
            return Reply(status: 201, body: writer.bytes)
        }
        var response = Answer.reply(reply)
        // It is a credential: nobody on the way is to keep it (RFC 9111 §5.2.2.5).
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// WebSocket handshakes never come here: they are taken off before routing.
    func upgradeRequired(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try await api.authenticator.principal(request, .calendarsRead)
        var problem = Problem(.upgradeRequired, "upgrade_required", "This address speaks WebSocket (RFC 6455).")
        problem.headers[.upgrade] = "websocket"
        problem.headers[.connection] = "upgrade"
        throw problem
    }
}
