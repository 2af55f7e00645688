import SQL

/// What is asked of `deliveries` on behalf of all organizations: a channel works for whoever has something due.
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
