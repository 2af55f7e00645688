import JSON
import AlmanacRuntime
public import HTTPTypes
import Hummingbird
public import NIOCore
import Scheduling
public import TenantActors

/// Identifies the client of a WebSocket handshake.
public struct UpgradeAuthorizer: Sendable {
    private let api: API

    public init(api: API) { self.api = api }

    /// The principal of a request head: from its `Authorization` header, or from the one-use `ticket` in its query.
    ///
    /// - Throws: why there is none; ``answer(to:)`` makes a response of it.
    public func principal(_ head: HTTPRequest) async throws -> Principal {
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let errors = RealtimeRoutes.parameters.errors(of: request)
        let ticket = QueryString(request.uri.query).parameters.first { $0.name.utf8.elementsEqual("ticket".utf8) }
        guard head.headerFields[.authorization] == nil, let ticket else {
            let principal = try await api.authenticator.principal(request, .scope(.calendarsRead))
            guard errors.isEmpty else { throw Problem.query(errors) }
            return principal
        }
        let refusal = Problem.unauthorized("This ticket is not known, was used, or is too old.")
        // A ticket that cannot be read is no ticket.
        if errors.contains(where: { $0.pointer.utf8.elementsEqual("/ticket".utf8) }) { throw refusal }
        // A request that is refused for another reason does not use up its ticket.
        guard errors.isEmpty else { throw Problem.query(errors) }
        // The scope was checked when the ticket was issued.
        guard let principal = await api.tickets.redeem(ticket.value), await isInForce(principal) else { throw refusal }
        return principal
    }

    /// Whether a credential that was valid when a connection began is still valid.
    public func isInForce(_ principal: Principal) async -> Bool {
        if let end = principal.expiresAt, api.services.clock.now() >= end { return false }
        do {
            return try await api.tenants.isInForce(principal)
        } catch {
            // If the check fails, the client stays connected. The next check tries again.
            return true
        }
    }

    /// The response to an error: a problem document.
    public func answer(to error: any Error) -> (head: HTTPResponse, body: ByteBuffer) {
        let requestID = api.services.ids.next().description
        var (head, body) = Problem(error).rendered(requestID: requestID)
        head.headerFields[EdgeMiddleware.requestIDHeader] = requestID
        return (head, body)
    }

    /// The same for connections and handshakes that are refused before their request is read.
    public func problem(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String
    ) -> (head: HTTPResponse, body: ByteBuffer) { answer(to: Problem(status, code, detail)) }
}
