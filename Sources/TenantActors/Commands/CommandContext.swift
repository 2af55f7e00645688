public import AlmanacRuntime
public import Scheduling

/// On whose behalf a command runs.
public struct CommandContext: Sendable {
    public let organizationID: ID
    /// For instance `api_key:…`; written into the audit log.
    public let principal: String
    public let requestID: String
    public let keyed: KeyedRequest?

    public init(organizationID: ID, principal: String, requestID: String, keyed: KeyedRequest? = nil) {
        self.organizationID = organizationID
        self.principal = principal
        self.requestID = requestID
        self.keyed = keyed
    }
}

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

/// The answer to a command: a resource as JSON.
public struct Reply: Sendable {
    public let status: Int
    public let body: [UInt8]
    /// The resource's id, for `Location`.
    public let id: ID?
    /// The resource's version, for `ETag`.
    public let version: Int?
    /// Whether this is the kept answer to an earlier request with the same key.
    public let isReplay: Bool

    public init(status: Int, body: [UInt8], id: ID? = nil, version: Int? = nil, isReplay: Bool = false) {
        self.status = status
        self.body = body
        self.id = id
        self.version = version
        self.isReplay = isReplay
    }
}

/// Why a command was not carried out.
public enum CommandError: Error, Sendable {
    /// No such thing, or not this tenant's. `pointer` names the field of the body that named it, if one did.
    case notFound(what: String, pointer: String?)
    case refused(Refusal)
    case invalid(ValidationError)
    case preconditionFailed
    case slugTaken
    /// The calendar may be seen, and this needs more.
    case insufficientPermission(Permission)
    /// It cannot be beside what there is already.
    case conflict(ResourceConflict)
    /// The calendar has so many appointments that are not over.
    case hasAppointments(Int)
    /// A credential, or a tenant, has as much of something as it may have.
    case tooMany(QuotaExceeded)
    /// The credential wants to hand on what it does not have.
    case missingScope(Scope)
    /// Without this key nobody could make another.
    case lastAdminKey
    case idempotencyInProgress
    case idempotencyKeyReused
    /// The calendar changed under the command again and again.
    case contended
    case overloaded
    case draining
    case outcomeUnknown
    case unavailable(StoreError)
    /// The actor was taken out of service while the command waited: ask again.
    case retired
    /// The organization's shard is not this node's, or is changing hands.
    case shardMoving
}

/// The condition of an `If-Match` header.
public enum VersionCondition: Sendable {
    case any
    case oneOf([String])

    func holds(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .oneOf(let tags): tags.contains { $0.exact == tag.exact }
        }
    }
}

/// The strong entity tag of a versioned resource.
public enum VersionTag {
    public static func of(_ id: ID, _ version: Int) -> String { "\"\(id)-\(version)\"" }
}
