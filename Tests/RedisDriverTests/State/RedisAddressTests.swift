import Testing

@testable import RedisDriver

@Suite struct RedisAddressTests {
    @Test(arguments: [
        ("redis://localhost", "localhost", 6_379, 0), ("redis://10.0.0.1:7000/3", "10.0.0.1", 7_000, 3),
        ("redis://[::1]:6380/", "::1", 6_380, 0), ("REDIS://cache.example.com/15", "cache.example.com", 6_379, 15),
    ])
    func aURLNamesTheServer(url: String, host: String, port: Int, database: Int) throws {
        let address = try RedisAddress(url: url)
        #expect(address.place == .host(host, port: port))
        #expect(address.database == database)
        #expect(address.credential == nil)
    }

    @Test(
        arguments: [
            ("redis://:p%40ss%2F%3A@h", nil, "p@ss/:"), ("redis://user%40x:p%20w@h:1/2", "user@x", "p w"),
            ("redis://user@h", "user", ""), ("unix://u:p@/run/redis.sock", "u", "p"),
        ] as [(String, String?, String)])
    func credentialsAreDecoded(url: String, user: String?, password: String) throws {
        let address = try RedisAddress(url: url)
        #expect(address.credential == RedisAddress.Credential(user: user, password: password))
    }

    @Test func aSocketIsNamedByItsPath() throws {
        let address = try RedisAddress(url: "unix:///run/my%20redis.sock?db=4")
        #expect(address.place == .socket(path: "/run/my redis.sock"))
        #expect(address.database == 4)
    }

    @Test(arguments: [
        "", "redis", "redis://", "redis:///0", "http://h", "redis://h:0", "redis://h:65536", "redis://h/x",
        "redis://h/-1",
        "redis://h/1/2", "redis://h//1", "redis://h/99999", "redis://h?db=1", "redis://h#1", "unix://host/path",
        "unix://",
        "unix:///p?other=1", "unix:///p?db=x", "redis://a b", "unix:///" + String(repeating: "x", count: 107),
    ])
    func whatCannotBeUsedIsRefused(url: String) {
        #expect(throws: RedisAddress.Refusal.self) { try RedisAddress(url: url) }
    }

    @Test func itNeverShowsTheCredential() throws {
        for url in ["redis://somebody:hidden@h:1/2", "unix://somebody:hidden@/run/s"] {
            let address = try RedisAddress(url: url)
            var dumped = ""
            dump(address, to: &dumped)
            for text in ["\(address)", String(reflecting: address), dumped] {
                #expect(!text.contains("hidden") && !text.contains("somebody"))
            }
        }
        #expect(try RedisAddress(url: "redis://a:b@[::1]:1/2").description == "[::1]:1/2")
    }
}
