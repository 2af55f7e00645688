import AlmanacRuntime
import HTTPTypes
import NIOCore
import Realtime
import Scheduling
import Synchronization
import TenantActors

/// A gate that lets in whoever says `Bearer good`.
final class FakeGate: RealtimeGate {
    static let organization = ID(high: 1, low: 1)

    let principal: Principal
    private let inForce = Atomic<Bool>(true)
    private let asked = Mutex<[String]>([])
    /// Awaited before each answer.
    private let delay: @Sendable () async -> Void

    init(
        organization: ID = FakeGate.organization,
        scopes: Set<Scope> = [.calendarsRead, .appointmentsRead], member: String? = nil, expiresAt: Instant? = nil,
        delay: @escaping @Sendable () async -> Void = {}
    ) {
        principal = Principal(
            organizationID: organization, credential: "api_key:test", scopes: scopes, member: member,
            expiresAt: expiresAt
        )
        self.delay = delay
    }

    /// The paths of the handshakes it was asked about.
    var paths: [String] { asked.withLock { $0 } }

    func revoke() { inForce.store(false, ordering: .relaxed) }

    private struct Refusal: Error {
        let status: HTTPResponse.Status
        let code: String
    }

    func principal(_ head: HTTPRequest) async throws -> Principal {
        asked.withLock { $0.append(head.path ?? "") }
        await delay()
        switch head.headerFields[.authorization] {
        case "Bearer good": return principal
        case "Bearer poor": throw Refusal(status: .forbidden, code: "insufficient_scope")
        default: throw Refusal(status: .unauthorized, code: "unauthorized")
        }
    }

    func isInForce(_ principal: Principal) async -> Bool { inForce.load(ordering: .relaxed) }

    func answer(to error: any Error) -> (head: HTTPResponse, body: ByteBuffer) {
        guard let refusal = error as? Refusal else { return problem(.internalServerError, "internal_error", "") }
        return problem(refusal.status, refusal.code, "")
    }

    func problem(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String
    ) -> (head: HTTPResponse, body: ByteBuffer) {
        let response = HTTPResponse(status: status, headerFields: [.contentType: "application/problem+json"])
        return (response, ByteBuffer(string: #"{"status":\#(status.code),"code":"\#(code)"}"#))
    }
}
