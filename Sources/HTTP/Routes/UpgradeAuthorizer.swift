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

    /// A refusal as it is sent.
    public struct Refusal: Error {
        public let head: HTTPResponse
        public let body: ByteBuffer
    }

    /// The principal of a request head: from its `Authorization` header, or from the one-use `ticket` in its query.
    public func principal(_ head: HTTPRequest) async -> Result<Principal, Refusal> {
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        do {
            let errors = RealtimeRoutes.parameters.errors(of: request)
            let ticket = QueryString(request.uri.query).parameters.first { $0.name.utf8.elementsEqual("ticket".utf8) }
            if head.headerFields[.authorization] == nil, let ticket {
                let refusal = Problem.unauthorized("This ticket is not known, was used, or is too old.")
                // A ticket that cannot be read is no ticket.
                if errors.contains(where: { $0.pointer.utf8.elementsEqual("/ticket".utf8) }) { throw refusal }
                // A request that is refused for another reason does not use up its ticket.
                guard errors.isEmpty else { throw Problem.query(errors) }
                // The scope was checked when the ticket was issued.
                guard let principal = await api.tickets.redeem(ticket.value), await isInForce(principal) else {
                    throw refusal
                }
                return .success(principal)
            }
            let principal = try await api.authenticator.principal(request, .scope(.calendarsRead))
            guard errors.isEmpty else { throw Problem.query(errors) }
            return .success(principal)
        } catch {
            return .failure(refusal(Problem(error)))
        }
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

    /// A refused handshake as a problem document.
    public func refusal(_ status: HTTPResponse.Status, _ code: String, _ detail: String) -> Refusal {
        refusal(Problem(status, code, detail))
    }

    /// The same as a pair, for connections that are refused before their request is read.
    public var problem: @Sendable (HTTPResponse.Status, String, String) -> (head: HTTPResponse, body: ByteBuffer) {
        { status, code, detail in
            let refusal = refusal(status, code, detail)
            return (refusal.head, refusal.body)
        }
    }

    private func refusal(_ problem: Problem) -> Refusal {
        let requestID = api.services.ids.next().description
        var (head, body) = problem.rendered(requestID: requestID)
        head.headerFields[EdgeMiddleware.requestIDHeader] = requestID
        return Refusal(head: head, body: body)
    }
}
