import JSON
import Hummingbird
import Scheduling
import TenantActors

/// The HTTP part of `/realtime`: tickets, and the answer to requests without an upgrade.
enum RealtimeRoutes {
    static let parameters: QueryRule = ["ticket"]

    static let table = [
        Route(
            .post, "/api/v1/realtime/tickets", .scope(.calendarsRead), at: .anywhere, .optional(nothing), ticket
        ),
        Route(
            .get, "/api/v1/realtime", .scope(.calendarsRead), at: .anywhere, query: parameters, upgradeRequired
        ),
    ]

    private static func nothing(_ reader: ObjectReader) -> Bool? {
        reader.finish()
        return true
    }

    static func ticket(_ call: Call, _: Bool) async throws -> Response {
        let command = try call.command()
        let reply = try await call.api.tenants.answers.answer(command) { () async throws(CommandError) -> Reply in
            let (secret, expiresAt) = try await call.api.tickets.issue(call.principal)
            let body = JSONWriter.object { writer in
                writer.field("ticket", secret)
                writer.field("expires_at", expiresAt.rfc3339)
            }
            return Reply(status: 201, body: body)
        }
        return reply.response(in: nil).notToBeKept
    }

    /// WebSocket handshakes never get here: the server takes them before routing.
    static func upgradeRequired(_ call: Call) async throws -> Response {
        var problem = Problem(.upgradeRequired, "upgrade_required", "This address speaks WebSocket (RFC 6455).")
        problem.headers[.upgrade] = "websocket"
        problem.headers[.connection] = "upgrade"
        throw problem
    }
}
