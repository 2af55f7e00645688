/// A notification to a listener (PostgreSQL manual, NOTIFY).
public enum PostgresNotification: Sendable, Hashable {
    /// From here on the channel is heard. Earlier notifications may have been missed, so read the tables.
    ///
    /// Sent first, after each reconnect, and when the listener was too slow.
    case gap
    case payload(String)
}
