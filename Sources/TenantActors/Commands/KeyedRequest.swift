import JSON
public import AlmanacRuntime
import Scheduling

/// A request that carries an Idempotency-Key.
public struct KeyedRequest: Sendable, Hashable {
    public let scope: IdempotencyClaim.Scope
    /// SHA-256 of the body in its one spelling (``JSON/canonical()``): what is kept with the key.
    public let bodyHash: [UInt8]
    /// SHA-256 of the body's bytes: what earlier programs kept, so that a key one of them answered
    /// stands for the same request after an upgrade.
    private let spelledHash: [UInt8]

    /// - Parameter body: as it came; an empty one is as good as an empty object.
    public init(scope: IdempotencyClaim.Scope, body: [UInt8]) {
        self.scope = scope
        spelledHash = Secrets.digest(body)
        let json = body.isEmpty ? JSON.object(JSONObject()) : try? JSON.parse(body)
        bodyHash = json.map { Secrets.digest($0.canonical()) } ?? spelledHash
    }

    /// Whether the key was kept for the same body.
    func isSameBody(_ kept: [UInt8]) -> Bool { kept == bodyHash || kept == spelledHash }

    /// - Parameter answer: what a replay says, which is kept sealed; nil where that is rendered from the event.
    func claim(status: Int, answer: [UInt8]? = nil, _ secrets: Secrets, at now: Instant) -> IdempotencyClaim {
        IdempotencyClaim(
            scope: scope, bodyHash: bodyHash, status: status,
            response: answer.flatMap { secrets.seal($0, for: sealContext(status)) }, at: now
        )
    }

    /// The row in which an answer is kept: moved to another, it does not open.
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
