public import HTTPTypes
public import NIOCore
public import TenantActors

/// Tells whether a connection may become a WebSocket. The composition root implements it with what HTTP knows of
/// credentials and of problem documents.
public protocol RealtimeGate: Sendable {
    /// Asked once for each handshake that is well formed. `head` has the path with its query, and the headers.
    func admit(_ head: HTTPRequest) async -> RealtimeAdmission

    /// Whether a credential that was admitted earlier still counts: its key not revoked, its organization not deleted.
    func isInForce(_ principal: Principal) async -> Bool

    /// A problem document of the API's shape, for a handshake that is refused before the gate is asked.
    func problem(
        _ status: HTTPResponse.Status, code: String, detail: String, for head: HTTPRequest
    ) -> (head: HTTPResponse, body: ByteBuffer)
}

/// What a ``RealtimeGate`` says.
public enum RealtimeAdmission: Sendable {
    case admitted(Principal)
    /// The answer; `Connection: close` and `Content-Length` are added to it.
    case refused(HTTPResponse, body: ByteBuffer)
}
