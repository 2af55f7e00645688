@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Testing

/// The operator's view of the nodes; with one process there is one.
@Suite struct NodeTests {
    private static let operatorHeaders: HTTPFields = [.authorization: "Bearer \(TestServer.operatorToken)"]

    @Test func thereIsOneNodeWithEveryShard() async throws {
        try await TestServer.run { test in
            let answer = try await test.send(.get, "/api/v1/platform/nodes", headers: Self.operatorHeaders).expect(200)
            let nodes = try #require(answer["data"]?.array)
            #expect(nodes.count == 1)
            #expect(nodes.first?["shards"]?.int == 256)
            #expect(nodes.first?["state"]?.string == "active")
        }
    }

    @Test func theLastNodeIsNotDrainedAndOthersAreNotThere() async throws {
        try await TestServer.run { test in
            let answer = try await test.send(.get, "/api/v1/platform/nodes", headers: Self.operatorHeaders).expect(200)
            let id = try #require(answer["data"]?.array?.first?["id"]?.string)
            try await test.send(.post, "/api/v1/platform/nodes/\(id)/drain", headers: Self.operatorHeaders)
                .expect(409, "last_node")
            try await test.send(.post, "/api/v1/platform/nodes/nobody/drain", headers: Self.operatorHeaders)
                .expect(404, "not_found")
        }
    }

    @Test func tenantsDoNotSeeNodes() async throws {
        try await TestServer.run { test in
            try await test.send(.get, "/api/v1/platform/nodes").expect(401)
            try await test.send(.post, "/api/v1/platform/nodes/a/drain", headers: [.authorization: "Bearer alm_live_x"])
                .expect(401)
        }
    }
}
