import JSON
import SQL
public import Scheduling

/// One event on its way to one target through one channel, as it is stored.
///
///     pending ──attempt──► delivered
///      ▲   │ └──refused for good──► rejected ─┐
///      │   └──given up──► dead ───────────────┤
///      └──────────────── retry ◄──────────────┘
public struct Delivery: Sendable {
    public enum Status: String, Sendable, CaseIterable { case pending, delivered, rejected, dead }

    public let id: ID
    public let organizationID: ID
    public let eventID: ID
    /// For instance `appointment.booked`.
    public let eventType: String
    /// What the event is about.
    public let subjectID: ID
    public let channel: String
    public let target: String
    public let status: Status
    public let attempts: Int
    public let nextAttemptAt: Instant?
    public let lastError: String?
    public let createdAt: Instant
    public let updatedAt: Instant
    public let deliveredAt: Instant?

    /// The resource.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("id", id.description)
        writer.field("event_id", eventID.description)
        writer.field("event_type", eventType)
        writer.field("subject_id", subjectID.description)
        writer.field("channel", channel)
        writer.field("target", target)
        writer.field("status", status.rawValue)
        writer.field("attempts", attempts)
        writer.field("next_attempt_at", nextAttemptAt?.rfc3339)
        writer.field("last_error", lastError)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.field("delivered_at", deliveredAt?.rfc3339)
        writer.endObject()
        return writer.bytes
    }

    /// The selected columns, in the order in which ``init(row:)`` reads them.
    static let selection = """
        SELECT d.id, d.organization_id, d.event_id, e.type, e.subject_id, d.channel, d.target, d.status, d.attempts,
            d.next_attempt_at, d.last_error, d.created_at, d.updated_at, d.delivered_at
        FROM deliveries d JOIN events e ON e.calendar_id = d.calendar_id AND e.seq = d.seq
        """

    init(row: SQLRow) throws(StoreError) {
        guard let status = Status(named: try row.text(7)) else {
            throw StoreError(.corrupt, "a delivery's status is unknown")
        }
        id = try row.id(0)
        organizationID = try row.id(1)
        eventID = try row.id(2)
        eventType = try row.text(3)
        subjectID = try row.id(4)
        channel = try row.text(5)
        target = try row.text(6)
        self.status = status
        attempts = try row.int(8)
        nextAttemptAt = try row.optional(9, row.instant)
        lastError = try row.optional(10, row.text)
        createdAt = try row.instant(11)
        updatedAt = try row.instant(12)
        deliveredAt = try row.optional(13, row.instant)
    }
}
