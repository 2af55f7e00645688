import AlmanacChannels
import AlmanacRuntime
import Testing

@Suite struct EmailSettingsTests {
    private func mail(_ settings: [String: String]) async throws -> EmailSettings? {
        try await ConfigurationLoader.load([EmailSettings.self], path: nil, overrides: settings)
            .settings(EmailSettings.self)
    }

    private func errors(
        _ settings: [String: String], environment: [String: String]? = nil
    ) async -> [String] {
        do throws(ConfigurationError) {
            _ = try await ConfigurationLoader.load(
                [EmailSettings.self], path: nil, overrides: settings, environment: environment)
            return []
        } catch {
            return error.errors
        }
    }

    private static let from = "bookings@example.com"

    @Test func withoutAServerThereIsNoMail() async throws {
        #expect(try await mail([:]) == nil)
        #expect(try await mail(["mail.from": Self.from]) == nil)
    }

    @Test(arguments: [
        ("smtp://mail.example.com", "mail.example.com", 25, false),
        ("smtp://mail.example.com:2525/", "mail.example.com", 2525, false),
        ("smtps://mail.example.com", "mail.example.com", 465, true), ("smtp://[::1]:25", "[::1]", 25, false),
        ("smtp://u:p@10.0.0.1", "10.0.0.1", 587, false),
    ])
    func aURLNamesTheServer(url: String, host: String, port: Int, isImplicitTLS: Bool) async throws {
        let mail = try #require(try await mail(["smtp.url": url, "mail.from": Self.from]))
        #expect(mail.host == host && mail.port == port && mail.isImplicitTLS == isImplicitTLS)
        #expect(mail.connections == 8 && mail.tls == .auto && mail.caFile == nil)
    }

    @Test func credentialsMayStandInTheURLAndTheKeysWin() async throws {
        let url = "smtp://user%40x:p%3A%2F%20w@mail.example.com"
        let plain = try #require(try await mail(["smtp.url": url, "mail.from": Self.from]))
        #expect(plain.username == "user@x" && plain.password == "p:/ w")
        let keys = ["smtp.url": url, "mail.from": Self.from, "smtp.username": "other", "smtp.password": "secret"]
        let other = try #require(try await mail(keys))
        #expect(other.username == "other" && other.password == "secret")
    }

    @Test(arguments: [
        ("b@x", "b@x", nil), ("Bookings <b@x>", "b@x", "Bookings"), ("\"Ada, Inc.\" <b@x>", "b@x", "Ada, Inc."),
        ("<b@x>", "b@x", nil), ("Praxis Ä <b@x>", "b@x", "Praxis Ä"),
    ])
    func theSenderMayHaveAName(text: String, address: String, name: String?) async throws {
        let mail = try #require(try await mail(["smtp.url": "smtp://x", "mail.from": text]))
        #expect(mail.from == address && mail.fromName == name)
    }

    @Test func theEnvironmentNamesTheKeys() async {
        let errors = await errors([:], environment: ["ALMANAC_SMTP_USER": "x", "ALMANAC_MAIL_FROM": "b@x"])
        #expect(errors == ["ALMANAC_SMTP_USER is not a known setting; the nearest is ALMANAC_SMTP_USERNAME"])
    }

    @Test func aServerNeedsASender() async {
        #expect(
            await errors(["smtp.url": "smtp://x"]) == [
                "mail.from (ALMANAC_MAIL_FROM): is needed when smtp.url is set"
            ]
        )
    }

    @Test(arguments: [
        ("smtp.url", "mail.example.com"), ("smtp.url", "http://x"), ("smtp.url", "smtp://"),
        ("smtp.url", "smtp://x/path"),
        ("smtp.url", "smtp://x:0"), ("smtp.url", "smtp://x:99999"), ("smtp.url", "smtp://x?y=z"),
        ("smtp.url", "smtp://x%0d%0ay"), ("smtp.url", "smtp://u%00:p@x"), ("smtp.tls", "maybe"),
        ("smtp.connections", "0"),
        ("smtp.connections", "33"), ("smtp.ca_file", "/nowhere.pem"), ("mail.from", "nobody"),
        ("mail.from", "a@b\r\nBcc: c@d"), ("mail.from", "a b@c"), ("mail.from", "Name <a@b> x"), ("mail.from", "a@-b"),
        ("smtp.password", "a\u{0}b"), ("smtp.username", "a\nb"),
    ])
    func aBadValueIsNamedByItsKey(key: String, value: String) async {
        var settings = ["smtp.url": "smtp://x", "mail.from": Self.from, "smtp.username": "u", "smtp.password": "p"]
        settings[key] = value
        let errors = await errors(settings)
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("\(key) (ALMANAC_") == true)
    }

    @Test(arguments: [("smtp.username", "smtp.password"), ("smtp.password", "smtp.username")])
    func halfACredentialIsAMistake(given: String, missing: String) async {
        let errors = await errors(["smtp.url": "smtp://x", "mail.from": Self.from, given: "x"])
        #expect(errors.count == 1 && errors.first?.hasPrefix(missing) == true)
    }

    @Test func encryptionCannotBeOffAndOn() async {
        let errors = await errors(["smtp.url": "smtps://x", "mail.from": Self.from, "smtp.tls": "off"])
        #expect(errors.count == 1 && errors.first?.hasPrefix("smtp.tls") == true)
    }
}
