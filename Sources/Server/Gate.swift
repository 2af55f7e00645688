import HTTP
import HTTPTypes
import NIOCore
import Realtime
import TenantActors

/// Admits to the live feed the same callers as HTTP, and refuses others with the same answers.
struct Gate: RealtimeGate {
    let authorizer: UpgradeAuthorizer

    func admit(_ head: HTTPRequest) async -> RealtimeAdmission {
        switch await authorizer.principal(head) {
        case .success(let principal): .admitted(principal)
        case .failure(let refusal): .refused(refusal.head, body: refusal.body)
        }
    }

    func isInForce(_ principal: Principal) async -> Bool { await authorizer.isInForce(principal) }

    func problem(
        _ status: HTTPResponse.Status, code: String, detail: String, for head: HTTPRequest
    ) -> (head: HTTPResponse, body: ByteBuffer) {
        let refusal = authorizer.refusal(status, code, detail)
        return (refusal.head, refusal.body)
    }
}
