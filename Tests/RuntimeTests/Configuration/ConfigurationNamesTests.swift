import Foundation
import Testing

@testable import AlmanacRuntime

@Suite struct ConfigurationNamesTests {
    /// A part of the server with a key of its own.
    private struct Part: Settings {
        static let keys: Set<String> = ["smtp.username"]
        let name: String

        init?(_ values: inout ConfigurationValues) {
            let name = values.parsed("smtp.username", "must not be x") { $0 == "x" ? nil : $0 }
            guard let name else { return nil }
            self.name = name
        }
    }

    private func errors(_ environment: [String: String], file: String? = nil) async throws -> [String] {
        let path = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString).yaml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try (file ?? "log:\n  level: info\n").write(toFile: path, atomically: true, encoding: .utf8)
        do throws(ConfigurationError) {
            _ = try await ConfigurationLoader.load([Part.self], path: path, environment: environment)
            return []
        } catch {
            return error.errors.map { $0.replacing(path, with: "FILE") }
        }
    }

    @Test(arguments: [
        ("ALMANAC_HTTP_PROT", "ALMANAC_HTTP_PORT"), ("ALMANAC_DATABASE", "ALMANAC_DATABASE_URL"),
        ("ALMANAC_DATABSE_URL", "ALMANAC_DATABASE_URL"), ("ALMANAC_OPERATOR_TOKE", "ALMANAC_OPERATOR_TOKEN"),
        ("ALMANAC_RATE_LIMIT", "ALMANAC_RATE_LIMITS"), ("ALMANAC_http_port", "ALMANAC_HTTP_PORT"),
        ("ALMANAC_SMTP_USER", "ALMANAC_SMTP_USERNAME"), ("ALMANAC_EGRES_ALLOW", "ALMANAC_EGRESS_ALLOW"),
        ("ALMANAC_GOOGLE_CLIENT_SECRT", "ALMANAC_GOOGLE_CLIENT_SECRET"),
    ])
    func aVariableThatMeansNothingIsNamedWithTheNearest(name: String, nearest: String) async throws {
        for value in ["x", ""] {
            let errors = try await errors([name: value])
            #expect(errors == ["\(name) is not a known setting; the nearest is \(nearest)"])
        }
    }

    @Test func variablesOfTheContractAreNoMistake() async throws {
        let names = [
            "ALMANAC_GOOGLE_CLIENT_ID", "ALMANAC_ZOOM_OAUTH_URL", "ALMANAC_EGRESS_ALLOW", "ALMANACH",
            "almanac_http_prot", "PATH",
        ]
        #expect(try await errors(Dictionary(uniqueKeysWithValues: names.map { ($0, "x") })).isEmpty)
        for value in ["on", "off", ""] { #expect(try await errors(["ALMANAC_RATE_LIMITS": value]).isEmpty) }
        let errors = try await errors(["ALMANAC_RATE_LIMITS": "maybe"])
        #expect(errors == ["rate.limits (ALMANAC_RATE_LIMITS): must be on or off"])
    }

    @Test func whatHasNoEffectIsKnownToHaveNone() async throws {
        func unbuilt(_ environment: [String: String]) async throws -> [String] {
            try await ConfigurationLoader.load([Part.self], path: nil, environment: environment).unbuilt
        }
        #expect(
            try await unbuilt(["ALMANAC_GOOGLE_CLIENT_ID": "x", "ALMANAC_EGRESS_ALLOW": ""]) == [
                "ALMANAC_GOOGLE_CLIENT_ID"
            ])
        #expect(try await unbuilt(["ALMANAC_RATE_LIMITS": "on"]) == ["rate.limits (ALMANAC_RATE_LIMITS)"])
        #expect(try await unbuilt(["ALMANAC_RATE_LIMITS": "off", "ALMANAC_HTTP_PORT": "1"]).isEmpty)
    }

    /// What is wrong with a file, by its first words.
    @Test(arguments: [
        ("http:\n  port: 1\n  prot: 2\n", ["FILE:3: http.prot is not a known key; the nearest is http.port"]),
        ("colour: red\nlog:\n  level: info\n", ["FILE:1: colour is not a known key"]),
        ("\n\nhttp: 5\n", ["FILE:3: http must be a list of keys with their values, such as http."]),
        ("http:\n  port:\n    number: 5\n", ["FILE:3: http.port must be one value"]),
        ("http:\n  port: [1]\n", ["FILE:2: http.port must be one value"]),
        ("- a\n", ["FILE:1: the file must be keys with their values"]),
        ("just text\n", ["FILE:1: the file must be a list of keys with their values"]),
        ("log:\n  level: info\nhttp: [1\n", ["FILE:4: is not YAML"]),
        ("http:\n\t- port", ["FILE:2: is not YAML"]),
        ("http:\n  port: 1\n  port: 2\n", ["FILE:3: port stands there more than once"]),
        ("http:\n  port: 1\nlog:\n  level: info\n\n'http' : {}\n", ["FILE:6: http stands there more than once"]),
        ("http: {port: 1, port: 2}\n", ["FILE:1: port stands there more than once"]),
        ("http: {}\n---\nlog: {}\n", ["FILE:2: is not YAML"]),
        (
            "log:\n  level: info\n\ncommit:\n  max_batch: nought\n",
            ["FILE:5: commit.max_batch (ALMANAC_COMMIT_MAX_BATCH): must be"]
        ),
        (
            "http:\n  prot: 1\nlog:\n  level: loud\n  colour: x\n",
            ["FILE:2: http.prot", "FILE:5: log.colour", "FILE:4: log.level"]
        ),
        ("google:\n  client_ids: x\n", ["FILE:2: google.client_ids is not a known key"]),
    ])
    func aMistakeInTheFileIsNamedWithItsLine(text: String, expected: [String]) async throws {
        let errors = try await errors([:], file: text)
        #expect(errors.count == expected.count, "\(errors)")
        for (error, start) in zip(errors, expected) { #expect(error.hasPrefix(start), "\(error)") }
    }

    @Test func whatCannotBeReadIsSaidWithItsReason() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "a.yaml").path
        try Data("log:\n  level: info\n# caf".utf8 + [0xE9, 0x0A]).write(to: URL(fileURLWithPath: file))
        for (path, error) in [
            (file, "\(file):3: is not UTF-8 text"), (folder.path, "\(folder.path): cannot be read: Is a directory"),
            (file + "x", "\(file)x: is not there"),
        ] {
            let refusal = await #expect(throws: ConfigurationError.self) {
                _ = try await ConfigurationLoader.load([Part.self], path: path, environment: [:])
            }
            #expect(refusal?.errors == [error])
        }
    }

    @Test func sectionsWithoutKeysAndKeysWithoutValuesAreUnset() async throws {
        #expect(try await errors([:], file: "").isEmpty)
        #expect(try await errors([:], file: "# nothing\n").isEmpty)
        #expect(try await errors([:], file: "smtp:\nredis:\n  # url: x\njwt:\n  secret:\n  issuer: ~\n").isEmpty)
        #expect(try await errors([:], file: "google:\n  client_id: x\n").isEmpty)
    }

    @Test func aPartReadsItsOwnKeys() async throws {
        func part(_ environment: [String: String]) async throws -> String? {
            try await ConfigurationLoader.load([Part.self], path: nil, environment: environment)
                .settings(Part.self)?.name
        }
        #expect(try await part(["ALMANAC_SMTP_USERNAME": "ada"]) == "ada")
        #expect(try await part([:]) == nil)
        let errors = try await errors([:], file: "smtp:\n  username: x\n")
        #expect(errors == ["FILE:2: smtp.username (ALMANAC_SMTP_USERNAME): must not be x"])
        let alone = try? await ConfigurationLoader.load(
            [], path: nil, environment: ["ALMANAC_SMTP_USERNAME": "ada"])
        #expect(alone == nil, "without the part nobody knows the key")
    }

    @Test func anEnvironmentsValueIsNotBlamedOnTheFile() async throws {
        let errors = try await errors(["ALMANAC_LOG_LEVEL": "loud"], file: "log:\n  level: info\n")
        #expect(errors.count == 1 && errors[0].hasPrefix("log.level (ALMANAC_LOG_LEVEL): must be"), "\(errors)")
    }
}
