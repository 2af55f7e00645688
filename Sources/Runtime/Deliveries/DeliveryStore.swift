public import SQL
public import Scheduling

/// The stored deliveries: claims, settlements, lists and retries.
public struct DeliveryStore: Sendable {
    /// A claimed delivery, which an attempt settles.
    public struct Claim: Sendable {
        public let id: ID
        public let organizationID: ID
        public let claim: ID
        public let attempts: Int

        public init(id: ID, organizationID: ID, claim: ID, attempts: Int) {
            self.id = id
            self.organizationID = organizationID
            self.claim = claim
            self.attempts = attempts
        }
    }

    /// The outcome of an attempt.
    public enum Settlement: Sendable, Equatable {
        case delivered
        case retry(at: Instant, reason: String)
        case rejected(reason: String)
        case dead(reason: String)
        /// Not tried: does not count.
        case deferred(until: Instant)
    }

    private let database: any Database
    private let log: CommitLog
    private let ids: IDGenerator
    private let retries: RetrySchedule

    public init(database: any Database, log: CommitLog, ids: IDGenerator, retries: RetrySchedule) {
        self.retries = retries
        self.database = database
        self.log = log
        self.ids = ids
    }

    /// Whether a channel has a delivery to attempt. Checked before a claim, so that an idle channel writes nothing.
    public func hasDue(channel: String, now: Instant) async throws(StoreError) -> Bool {
        try await !database.query(DeliveryReads.due, [.text(channel), .instant(now)]).isEmpty
    }

    /// Claims due deliveries until `until`; returns the claim's name, by which they are read.
    public func claim(
        channel: String, by node: String, now: Instant, until: Instant, limit: Int, perOrganization: Int
    ) async throws(StoreError) -> ID {
        let claim = ids.next()
        let row = DeliveryWrites.claim.row([
            .text(channel), .instant(now), .id(claim), .text(node), .instant(until), .int(limit), .int(perOrganization),
        ])
        try await write([row], key: claim)
        return claim
    }

    /// Stores the outcome of an attempt. False if the claim was lost to another process.
    @discardableResult
    public func settle(_ claim: Claim, _ settlement: Settlement, now: Instant) async throws(StoreError) -> Bool {
        let row: [SQLValue] =
            switch settlement {
            case .delivered: [.text("delivered"), .null, .null, .instant(now), .int(claim.attempts)]
            case .retry(let at, let reason):
                [.text("pending"), .instant(at), .text(reason), .null, .int(claim.attempts)]
            case .rejected(let reason): [.text("rejected"), .null, .text(reason), .null, .int(claim.attempts)]
            case .dead(let reason): [.text("dead"), .null, .text(reason), .null, .int(claim.attempts)]
            case .deferred(let until):
                [.text("pending"), .instant(until), .null, .null, .int(max(0, claim.attempts - 1))]
            }
        return try await write(
            [DeliveryWrites.settle.row([.id(claim.id), .id(claim.claim)] + row + [.instant(now)])], key: claim.id,
            organization: claim.organizationID
        )
    }

    /// Releases the claims of an earlier life of this process.
    public func release(claimedBy node: String, now: Instant) async throws(StoreError) {
        try await write([DeliveryWrites.release.row([.text(node), .instant(now)])], key: ids.next())
    }

    /// A page of an organization's deliveries in order of id.
    public func list(
        _ organization: ID, status: Delivery.Status?, after cursor: ID?, limit: Int
    ) async throws(StoreError) -> [Delivery] {
        var arguments: [SQLValue] = [.id(organization), .id(cursor ?? ID(high: 0, low: 0)), .int(limit)]
        var condition = "d.organization_id = $1 AND d.id > $2"
        if let status {
            arguments.append(.text(status.rawValue))
            condition += " AND d.status = $4"
            // Matches the condition of the index on deliveries that need attention.
            if status != .delivered { condition += " AND d.status <> 'delivered'" }
        }
        return try await database.query(
            Delivery.selection + " WHERE \(condition) ORDER BY d.id LIMIT $3", arguments, for: organization
        ).map { row throws(StoreError) in try Delivery(row: row) }
    }

    public func find(_ id: ID, _ organization: ID) async throws(StoreError) -> Delivery? {
        try await database.query(
            Delivery.selection + " WHERE d.id = $1 AND d.organization_id = $2", [.id(id), .id(organization)],
            for: organization
        ).first.map { row throws(StoreError) in try Delivery(row: row) }
    }

    /// Retries a delivery now, with its whole time before it is given up. False if there is no such waiting or failed
    /// delivery.
    public func requeue(
        _ id: ID, _ organization: ID, audit: AuditEntry, now: Instant
    ) async throws(StoreError) -> Bool {
        let row = DeliveryWrites.requeue.row([
            .id(id), .id(organization), .instant(now), .instant(now.adding(seconds: retries.giveUpSeconds)),
        ])
        return try await write([row], key: id, organization: organization, audit: audit)
    }

    /// True if it was written, false if it is stale.
    @discardableResult
    private func write(
        _ rows: [WriteRow], key: ID, organization: ID = ID(high: 0, low: 0), audit: AuditEntry? = nil
    ) async throws(StoreError) -> Bool {
        let change = Change(key: key, organizationID: organization, generation: nil, rows: rows, audit: audit)
        switch await log.commit([change]).first {
        case .committed: return true
        case .stale, .conflict, .keyTaken, .fenced: return false
        case .failed(let error): throw error
        case .unknown: throw StoreError(.unknownOutcome, "deliveries")
        case .refused, nil: throw StoreError(.unavailable, "the commit log takes nothing on")
        }
    }
}
