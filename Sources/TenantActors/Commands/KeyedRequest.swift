import JSON
public import AlmanacRuntime
import Scheduling

/// A request with an `Idempotency-Key`.
public struct KeyedRequest: Sendable, Hashable {
    public let scope: IdempotencyClaim.Scope
    /// SHA-256 of the body in canonical form (``JSON/canonical()``), which is stored with the key.
    public let bodyHash: [UInt8]
    /// SHA-256 of the body's bytes, which earlier releases stored. So a key from before an upgrade still stands for the
    /// same request.
    private let spelledHash: [UInt8]

    /// - Parameter body: the body as it was sent. An empty one counts as an empty object.
    public init(scope: IdempotencyClaim.Scope, body: [UInt8]) {
        self.scope = scope
        spelledHash = Secrets.digest(body)
        let json = body.isEmpty ? JSON.object(JSONObject()) : try? JSON.parse(body)
        bodyHash = json.map { Secrets.digest($0.canonical()) } ?? spelledHash
    }

    /// Whether the key was stored for the same body.
    func isSameBody(_ kept: [UInt8]) -> Bool { kept == bodyHash || kept == spelledHash }

    /// - Parameter answer: the answer for replays, which is stored sealed; nil if replays are rendered from the event.
    func claim(status: Int, answer: [UInt8]? = nil, _ secrets: Secrets, at now: Instant) -> IdempotencyClaim {
        IdempotencyClaim(
            scope: scope, bodyHash: bodyHash, status: status,
            response: answer.flatMap { secrets.seal($0, for: sealContext(status)) }, at: now
        )
    }

    /// The row of the stored answer. Moved to another row, the answer does not open.
    func sealContext(_ status: Int) -> SealContext {
        SealContext(
            "idempotency_keys.response",
            [
                scope.organizationID.bytes, Array(scope.credential.utf8), Array(scope.route.utf8),
                Array(scope.key.utf8), bodyHash, Array(String(status).utf8),
            ]
        )
    }
}
