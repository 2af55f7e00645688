public import Scheduling

/// The writes of one command, all or nothing.
public struct Change: Sendable {
    /// A calendar or an organization. Changes of one key are written in order, one group at a time.
    public let key: ID
    public let organizationID: ID
    /// The calendar's generation under which this was decided; nil for changes that touch no calendar's history.
    public let generation: Int64?
    /// The right under which this was decided, checked during the write. Nil if any node may do it.
    public let tenure: Tenure?
    public var rows: [WriteRow]
    /// The write itself numbers them, after the calendar's last number.
    public var events: [EventDraft]
    /// Nil if the runtime acts by itself, without a request.
    public let audit: AuditEntry?
    public let idempotency: IdempotencyClaim?
    /// Whether it gets its own transaction.
    public let isAlone: Bool

    public init(
        key: ID, organizationID: ID, generation: Int64?, tenure: Tenure? = nil, rows: [WriteRow],
        events: [EventDraft] = [], audit: AuditEntry?, idempotency: IdempotencyClaim? = nil, isAlone: Bool = false
    ) {
        self.key = key
        self.organizationID = organizationID
        self.generation = generation
        self.tenure = tenure
        self.rows = rows
        self.events = events
        self.audit = audit
        self.idempotency = idempotency
        self.isAlone = isAlone
    }
}

/// An event before its number is known.
public struct EventDraft: Sendable {
    public let id: ID
    /// For instance `appointment.booked`.
    public let type: String
    /// What the event is about: an appointment, or the calendar.
    public let subjectID: ID
    public let occurredAt: Instant
    /// Serialized JSON without the number, which is added when the event is rendered.
    public let payload: [UInt8]
    /// Whether the event goes into the outbox, so that channels can find out whom it concerns.
    public let isPublished: Bool
    /// An id in the payload that only the write knows.
    public let found: FoundID?

    public init(
        id: ID, type: String, subjectID: ID, occurredAt: Instant, payload: [UInt8], isPublished: Bool = false,
        found: FoundID? = nil
    ) {
        self.id = id
        self.type = type
        self.subjectID = subjectID
        self.occurredAt = occurredAt
        self.payload = payload
        self.isPublished = isPublished
        self.found = found
    }
}

/// Who did what, when, in which request.
public struct AuditEntry: Sendable {
    public let id: ID
    public let action: String
    public let targetID: ID
    /// For instance `api_key:…`, `jwt:…`, `operator`, `system`.
    public let principal: String
    public let requestID: String
    public let at: Instant

    public init(id: ID, action: String, targetID: ID, principal: String, requestID: String, at: Instant) {
        self.id = id
        self.action = action
        self.targetID = targetID
        self.principal = principal
        self.requestID = requestID
        self.at = at
    }
}

/// An idempotency key that is written with the change it belongs to.
public struct IdempotencyClaim: Sendable, Hashable {
    /// The scope in which a key is unique.
    public struct Scope: Sendable, Hashable {
        public let organizationID: ID
        @Exact public private(set) var credential: String
        @Exact public private(set) var route: String
        @Exact public private(set) var key: String

        public init(organizationID: ID, credential: String, route: String, key: String) {
            self.organizationID = organizationID
            self.credential = credential
            self.route = route
            self.key = key
        }
    }

    public let scope: Scope
    /// SHA-256 of the request's body.
    public let bodyHash: [UInt8]
    public let status: Int
    /// The encrypted answer; nil if the answer is rendered from the change's last event.
    public let response: [UInt8]?
    public let at: Instant

    /// How long the first answer is replayed, in hours.
    public static let lifetimeHours: Int64 = 24

    public var expiresAt: Instant { at.adding(seconds: Self.lifetimeHours * 3_600) }

    public init(scope: Scope, bodyHash: [UInt8], status: Int, response: [UInt8]?, at: Instant) {
        self.scope = scope
        self.bodyHash = bodyHash
        self.status = status
        self.response = response
        self.at = at
    }
}
