@testable import PostgresDriver
import Foundation

@testable import AlmanacRuntime

/// A role of the tests' server for as long as a test takes.
enum TestLogin {
    /// - Parameter attributes: as CREATE ROLE takes them.
    static func make(_ attributes: String, _ body: (PostgresConfiguration) async throws -> Void) async throws {
        let name = "almanac_test_\(UUID().uuidString.prefix(8).lowercased())"
        try await PostgresFixture.execute("CREATE ROLE \(name) LOGIN \(attributes)")
        let result: Result<Void, any Error>
        do { result = .success(try await body(configuration(name))) } catch { result = .failure(error) }
        try await PostgresFixture.execute("REASSIGN OWNED BY \(name) TO CURRENT_USER; DROP OWNED BY \(name)")
        try await PostgresFixture.execute("DROP ROLE \(name)")
        try result.get()
    }

    /// The name under which a configuration logs in.
    static func name(_ configuration: PostgresConfiguration) -> String {
        configuration.url.split(separator: "/").dropFirst().first?.split(separator: "@").first.map(String.init) ?? ""
    }

    /// The suite's database, for another one who logs in.
    private static func configuration(_ name: String) -> PostgresConfiguration {
        PostgresFixture.configuration { configuration in
            let url = configuration.url
            guard let start = url.range(of: "://"), let end = url.range(of: "@") else { return }
            configuration.url = "\(url[..<start.upperBound])\(name)\(url[end.lowerBound...])"
        }
    }
}
