import Foundation
import Testing

@testable import AlmanacRuntime

enum PostgresFixture {
    /// Where the tests' server is: `scripts/services start` writes it to `.services/env`.
    static let url = ProcessInfo.processInfo.environment["ALMANAC_TEST_POSTGRES_URL"] ?? ""
    static let isThere = !url.isEmpty
    static let hint: Comment = "ALMANAC_TEST_POSTGRES_URL is not set: run scripts/services start and source .services/env"
}

extension Trait where Self == ConditionTrait {
    static var needsPostgres: Self { .enabled(if: PostgresFixture.isThere, PostgresFixture.hint) }
}
