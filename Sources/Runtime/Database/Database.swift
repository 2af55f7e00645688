public import SQL
public import Scheduling

/// The record: where what was acknowledged is kept. One implementation for each database.
public protocol Database: Sendable {
    /// Runs a read on behalf of an organization. Placeholders are `$1`, `$2`, … as in PostgreSQL, which shows it that
    /// organization's rows and no others, whatever the statement asks for.
    func query(_ sql: String, _ arguments: [SQLValue], for organization: ID) async throws(StoreError) -> [SQLRow]

    /// Runs one of the few reads that see more than one organization.
    func query(_ read: NamedRead, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow]

    /// Writes a batch in one transaction, each change for itself: one that fails leaves no trace and harms no other.
    ///
    /// Returns an outcome for each change, in order. Does not throw: a batch whose end is not known is answered with
    /// ``CommitOutcome/unknown``.
    func commit(_ batch: [Change]) async -> [CommitOutcome]

    /// Adds one to a calendar's generation, so that whatever was decided before and is still on its way is fenced.
    /// Returns nil if the organization has no such calendar. Throws ``StoreError/Code/fenced`` if the tenure has ended.
    func openHead(
        _ calendar: ID, of organization: ID, under tenure: Tenure?
    ) async throws(StoreError) -> Head?

    /// Whether the database answers.
    func ping() async throws(StoreError)

    /// Writes something that changes nothing, so that it is known whether bookings can be taken.
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
    /// How the calendar's settings, opening rules and shares were then.
    public var edition: Edition

    /// What tells one state of a calendar's settings, opening rules and shares from another.
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
