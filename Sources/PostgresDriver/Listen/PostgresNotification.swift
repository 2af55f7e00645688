/// What a listener hears (PostgreSQL manual, NOTIFY).
public enum PostgresNotification: Sendable, Hashable {
    /// From here on the channel is heard; what was notified before may have been missed, so look at the tables.
    ///
    /// The first thing that a listener hears, and again after each reconnect and when it was too slow.
    case gap
    case payload(String)
}
