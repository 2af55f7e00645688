public import SQL
public import Scheduling

/// The record, which stores everything that was acknowledged. One implementation for each database.
public protocol Database: Sendable {
    /// Runs a read on behalf of an organization. Placeholders are `$1`, `$2`, … as in PostgreSQL. PostgreSQL returns
    /// only that organization's rows, whatever the statement asks for.
    func query(_ sql: String, _ arguments: [SQLValue], for organization: ID) async throws(StoreError) -> [SQLRow]

    /// Runs one of the few reads that see more than one organization.
    func query(_ read: NamedRead, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow]

    /// Writes a batch in one transaction, each change separately: a failed one leaves no trace and fails no other.
    ///
    /// Returns an outcome for each change, in order. Does not throw: if the result of a batch is not known, the outcome
    /// is ``CommitOutcome/unknown``.
    func commit(_ batch: [Change]) async -> [CommitOutcome]

    /// Adds one to a calendar's generation, which fences every earlier decision that is still on its way. Returns nil
    /// if the organization has no such calendar. Throws ``StoreError/Code/fenced`` if the tenure has ended.
    func openHead(
        _ calendar: ID, of organization: ID, under tenure: Tenure?
    ) async throws(StoreError) -> Head?

    /// Whether the database answers.
    func ping() async throws(StoreError)

    /// Writes something that changes nothing, to find out whether bookings can be taken.
    func probe() async throws(StoreError)
}

extension Database {
    public func probe() async throws(StoreError) { try await ping() }
}

/// A calendar's place in its own history.
public struct Head: Sendable, Hashable {
    /// Raised by each activation and each re-read after an unknown outcome.
    public var generation: Int64
    /// The number of the last event.
    public var seq: Int64
    /// The state of the calendar's settings, opening rules and shares at that number.
    public var edition: Edition

    /// Identifies a state of a calendar's settings, opening rules and shares.
    public struct Edition: Sendable, Hashable {
        public var settings: Int
        public var openingRules: Int
        /// How many shares there are.
        public var shares: Int

        public init(settings: Int, openingRules: Int, shares: Int) {
            self.settings = settings
            self.openingRules = openingRules
            self.shares = shares
        }
    }

    public init(generation: Int64, seq: Int64, edition: Edition = Edition(settings: 1, openingRules: 0, shares: 0)) {
        self.generation = generation
        self.seq = seq
        self.edition = edition
    }
}
