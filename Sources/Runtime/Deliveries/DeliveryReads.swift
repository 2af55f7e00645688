import SQL

/// Reads of `deliveries` for all organizations, because a channel works for all of them.
public enum DeliveryReads {
    static let all = [due]

    /// One row if the channel has a delivery to attempt.
    public static let due = NamedRead(
        "due_delivery", [.text, .instant],
        sql: """
            SELECT 1 FROM deliveries WHERE channel = $1 AND status = 'pending' AND next_attempt_at <= $2 LIMIT 1
            """
    )
}
