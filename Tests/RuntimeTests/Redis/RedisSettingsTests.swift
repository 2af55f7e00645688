import RedisDriver
import Testing

@testable import AlmanacRuntime

@Suite struct RedisSettingsTests {
    private func load(_ url: String?) async throws(ConfigurationError) -> RedisAddress? {
        try await ConfigurationLoader.load([], path: nil, overrides: url.map { ["redis.url": $0] } ?? [:]).redis.address
    }

    @Test func withoutAURLThereIsNoRedis() async throws {
        #expect(try await load(nil) == nil)
        #expect(try await load("") == nil)
        #expect(try await load("redis://h/1")?.database == 1)
    }

    @Test func encryptionIsRefusedByName() async {
        let error = await #expect(throws: ConfigurationError.self) { try await load("rediss://u:hidden@h") }
        #expect(error?.description.contains("redis.url (ALMANAC_REDIS_URL): is rediss://, but TLS") == true)
        #expect(error?.description.contains("hidden") == false)
    }

    @Test func aURLThatCannotBeReadIsNamedAndNotShown() async {
        let error = await #expect(throws: ConfigurationError.self) { try await load("redis://u:hidden@h/zero") }
        #expect(error?.description.contains("redis.url (ALMANAC_REDIS_URL): must be redis://") == true)
        #expect(error?.description.contains("hidden") == false)
    }
}
