@testable import JSON
import AlmanacRuntime
import Foundation
import Synchronization
import Testing

/// A key whose first request has not ended: the commit log stands still until told to run.
@Suite(.timeLimit(.minutes(2))) struct RunningKeyTests {
    @Test func aSecondRequestIsToldThatTheFirstIsRunning() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/test.db"
        var (token, calendar, appointment) = ("", "", "")
        try await TestServer.run(path: path) { test in
            let tenant = try await test.tenant()
            token = try #require(tenant.token)
            calendar = try await tenant.calendar(["capacity": 3])
            appointment = try #require(
                try await tenant.book(calendar, "2026-11-05T09:00:00Z").expect(201)["id"]?.string)
        }
        let test = try await TestServer.open(path: path)
        let tenant = Client(test: test, token: token)
        let posts: [(Client, String, JSON, Int)] = [
            (tenant, "appointments", Fixture.booking(calendar), 201),
            (tenant, "calendars/\(calendar)/holds", ["starts_at": "2026-11-03T09:00:00Z"], 201),
            (tenant, "appointments/\(appointment)/cancel", ["cancelled_by": "host"], 200),
            (tenant, "calendars", Fixture.calendar, 201),
            (tenant, "admin/api-keys", ["name": "x", "scopes": ["admin"]], 201),
            (test.platform, "platform/organizations", ["name": "New"], 201),
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, (client, path, body, status)) in posts.enumerated() {
                let isAnswered = Atomic(false)
                group.addTask {
                    defer { isAnswered.store(true, ordering: .releasing) }
                    let first = try await client.post(path, body, key: "k").expect(status)
                    #expect(!first.isReplay)
                }
                // It waits in the log, or has been refused and never will.
                while test.queued <= index, !isAnswered.load(ordering: .acquiring) { await Task.yield() }
                try #require(test.queued == index + 1, "\(path)")
                let second = try await client.post(path, body, key: "k").expect(409, "idempotency_in_progress")
                #expect(second.retryAfter == "1")
            }
            try await test.serving {
                try await group.waitForAll()
                for (client, path, body, status) in posts {
                    #expect(try await client.post(path, body, key: "k").expect(status).isReplay)
                }
            }
        }
    }
}
