public import RedisDriver

/// `redis.*`: where hot state is shared.
public struct RedisSettings: Sendable {
    /// `redis.url`; nil: no Redis, and only one server can run.
    public let address: RedisAddress?

    static let keys: Set<String> = ["redis.url"]

    init(_ values: inout ConfigurationValues) {
        guard let url = values.text("redis.url", secret: true) else {
            address = nil
            return
        }
        do throws(RedisAddress.Refusal) {
            address = try RedisAddress(url: url)
        } catch {
            values.fail("redis.url", error.rule)
            address = nil
        }
    }
}
