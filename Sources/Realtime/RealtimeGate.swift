public import HTTPTypes
public import NIOCore
public import TenantActors

/// Decides whether a connection may become a WebSocket: it knows credentials and problem documents as HTTP does.
public protocol RealtimeGate: Sendable {
    /// Who asks, or an error that refuses the handshake. Asked once for each handshake that is well formed; `head` has
    /// the path with its query, and the headers.
    func principal(_ head: HTTPRequest) async throws -> Principal

    /// Whether a credential that was admitted earlier still counts: its key not revoked, its organization not deleted.
    func isInForce(_ principal: Principal) async -> Bool

    /// What answers an error of ``principal(_:)``; `Connection: close` and `Content-Length` are added to it.
    func answer(to error: any Error) -> (head: HTTPResponse, body: ByteBuffer)

    /// A problem document of the API's shape, for a handshake that is refused without asking the gate.
    func problem(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String
    ) -> (head: HTTPResponse, body: ByteBuffer)
}
