@testable import JSON
import AlmanacRuntime
import HTTPTypes
import TenantActors
import Testing

@testable import HTTP

/// The route table and the contract agree.
@Suite struct RouteTableTests {
    /// The scope of every operation in the contract, by its name, such as `GET /path`.
    private static var contract: [String: String] {
        var operations: [String: String] = [:]
        for (path, item) in ContractCheck.document["paths"]?.object ?? JSONObject() {
            for (method, operation) in item.object ?? JSONObject() where operation["responses"] != nil {
                operations["\(method.uppercased()) \(path)"] = operation["x-scope"]?.string ?? "(no x-scope)"
            }
        }
        return operations
    }

    @Test func everyRouteIsAnOperationOfTheContractAndTheOtherWay() async throws {
        try await TestServer.run { test in
            let routes = test.routes.map(\.name)
            #expect(routes.count == Set(routes).count)
            #expect(Set(routes).subtracting(Self.contract.keys) == [], "not in the contract")
            #expect(Set(Self.contract.keys).subtracting(routes) == [], "not in the table")
        }
    }

    @Test func everyRouteWantsTheScopeThatTheContractNames() async throws {
        try await TestServer.run { test in
            for route in test.routes {
                #expect(route.admission.name == Self.contract[route.name], "\(route.name)")
            }
        }
    }

    /// The requests have no body, because the credential is checked before it.
    @Test func everyRouteRefusesWhoLacksItsScope() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            for route in test.routes {
                let path = route.path.replacing(#/\{[a-z_]+\}/#, with: "01a158a5-723b-7a94-9c0d-51e8f3b7d206")
                switch route.admission {
                case .anyone: continue
                case .operator: try await tenant.send(route.method, path).expect(401, "unauthorized")
                case .scope(let scope):
                    let other = scope == .calendarsRead ? "calendars:write" : "calendars:read"
                    try await test.anonymous.send(route.method, path).expect(401, "unauthorized")
                    try await tenant.scoped(other).send(route.method, path).expect(403, "insufficient_scope")
                }
            }
        }
    }
}

extension Route {
    /// For example `GET /api/v1/calendars/{id}`.
    var name: String { "\(method.rawValue) \(path)" }
}
