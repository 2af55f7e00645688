/// `deliveries.*`: how failed messages are retried.
public struct DeliverySettings: Sendable {
    /// `deliveries.retry_base_seconds`: the first wait; each further one is about twice as long, up to an hour.
    public let retryBaseSeconds: Int
    /// `deliveries.give_up_hours`: how long after its event a message is given up.
    public let giveUpHours: Int

    static let keys: Set<String> = ["deliveries.retry_base_seconds", "deliveries.give_up_hours"]

    init(_ values: inout ConfigurationValues) {
        retryBaseSeconds = values.int("deliveries.retry_base_seconds", in: 1...3_600) ?? 5
        giveUpHours = values.int("deliveries.give_up_hours", in: 24...720) ?? 48
    }

    public var schedule: RetrySchedule {
        RetrySchedule(baseSeconds: Int64(retryBaseSeconds), giveUpSeconds: Int64(giveUpHours) * 3_600)
    }
}
