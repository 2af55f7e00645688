@testable import PostgresDriver
@testable import SQL
import Logging
import Scheduling
import Testing

@testable import AlmanacRuntime

/// Leases on a real server, and what they keep from being written.
@Suite(.needsPostgres, .ownDatabase, .serialized, .timeLimit(.minutes(2))) struct PostgresLeaseTests {
    private let a = NodeIdentity(id: "a", incarnation: ID(high: 1, low: 1), url: "http://a")
    private let b = NodeIdentity(id: "b", incarnation: ID(high: 1, low: 2), url: "http://b")
    private let five = Shard(5)!

    private func store(_ fixture: PostgresStoreFixture) -> PostgresLeaseStore {
        PostgresLeaseStore(
            pool: fixture.database.pool, configuration: PostgresFixture.configuration(),
            secrets: Secrets(key: Array(0..<32))!
        )
    }

    private func held(_ beat: LeaseBeat) -> [Tenure] {
        if case .alive(let held, _, _) = beat { held } else { [] }
    }

    @Test func aLeaseBelongsToOneNodeUntilItEnds() async throws {
        try await PostgresStoreFixture.run { fixture in
            let store = store(fixture)
            try await store.join(a, taking: [], lease: .seconds(60))
            try await store.join(b, taking: [], lease: .seconds(60))
            #expect(try await store.claim([five], for: a, lease: .seconds(60)) == [Tenure(shard: five, epoch: 1)])
            #expect(try await store.claim([five], for: b, lease: .seconds(60)) == [])
            #expect(held(try await store.beat(a, lease: .milliseconds(1))) == [Tenure(shard: five, epoch: 1)])
            _ = try await fixture.query("SELECT pg_sleep(0.01)", [])
            #expect(try await store.claim([five], for: b, lease: .seconds(60)) == [Tenure(shard: five, epoch: 2)])
            #expect(held(try await store.beat(a, lease: .seconds(60))) == [])
            let view = try await store.view()
            #expect(view.nodes.map(\.id) == ["a", "b"] && view.leases.count == 256)
            #expect(view.leases[5].owner == "b" && view.leases[5].remaining > 30_000)
        }
    }

    /// Requests go to a node's address with their credentials: whoever writes rows cannot name them another place.
    @Test func anAddressThatNoNodeWroteIsNoAddress() async throws {
        try await PostgresStoreFixture.run { fixture in
            let store = store(fixture)
            try await store.join(a, taking: [], lease: .seconds(60))
            try await store.join(b, taking: [], lease: .seconds(60))
            #expect(try await store.view().nodes.map(\.url) == ["http://a", "http://b"])
            for forged in ["'http://evil'", "'http://evil ' || split_part(url, ' ', 2)", "''", "' '"] {
                _ = try await fixture.query("UPDATE nodes SET url = \(forged) WHERE id = 'a'", [])
                #expect(try await store.view().nodes.map(\.url) == ["", "http://b"], "\(forged)")
            }
            // Another node's own word is not this one's.
            _ = try await fixture.query(
                "UPDATE nodes SET url = (SELECT url FROM nodes WHERE id = 'b') WHERE id = 'a'", [])
            #expect(try await store.view().nodes.map(\.url) == ["", "http://b"])
        }
    }

    @Test func aNewLifeTakesOverFromTheOldAndFromTheDead() async throws {
        try await PostgresStoreFixture.run { fixture in
            let store = store(fixture)
            try await store.join(a, taking: [], lease: .seconds(60))
            try await store.join(b, taking: [], lease: .seconds(60))
            _ = try await store.claim([five], for: a, lease: .seconds(60))
            _ = try await store.claim([Shard(6)!], for: b, lease: .seconds(60))
            var again = a
            again.incarnation = ID(high: 1, low: 3)
            try await store.join(again, taking: [b.incarnation], lease: .seconds(60))
            #expect(try await store.beat(a, lease: .seconds(60)) == .superseded)
            #expect(
                held(try await store.beat(again, lease: .seconds(60))) == [
                    Tenure(shard: five, epoch: 2), Tenure(shard: Shard(6)!, epoch: 2),
                ]
            )
            try await store.leave(again)
            #expect(try await store.view().nodes.map(\.id) == [])
            #expect(try await store.view().leases.allSatisfy(\.isFree))
        }
    }

    @Test func whoLostItsLeaseWritesNothing() async throws {
        try await PostgresStoreFixture.run { fixture in
            let store = store(fixture)
            try await store.join(a, taking: [], lease: .seconds(60))
            let tenure = try #require(try await store.claim([five], for: a, lease: .milliseconds(1)).first)
            let other = try #require(try await store.claim([Shard(6)!], for: a, lease: .seconds(60)).first)
            #expect(await fixture.commit(fixture.change([fixture.slot(0, 1)]).under(tenure)) == ["committed(1)"])
            let before = fixture.change([fixture.slot(2, 3)]).under(tenure)
            try await store.join(b, taking: [], lease: .seconds(60))
            _ = try await fixture.query("SELECT pg_sleep(0.01)", [])
            #expect(try await store.claim([five], for: b, lease: .seconds(60)).count == 1)
            // In one batch with another's, which is written.
            let outcomes = await fixture.commit(
                before,
                fixture.change([fixture.slot(0, 1, calendar: fixture.other)], calendar: fixture.other).under(other)
            )
            #expect(outcomes == ["fenced", "committed(1)"])
            let slots = try await fixture.count("time_slots")
            #expect(slots == 2)
            await #expect(throws: StoreError.self) {
                try await fixture.database.openHead(fixture.calendar, of: fixture.organization, under: tenure)
            }
            let head = try await fixture.database.openHead(fixture.calendar, of: fixture.organization, under: other)
            #expect(head?.generation == 1)
        }
    }

    /// A takeover waits for what is being written, and what comes after it finds another epoch.
    @Test func aLeaseDoesNotChangeHandsUnderAWrite() async throws {
        try await PostgresStoreFixture.run { fixture in
            let store = store(fixture)
            var stopped = PostgresFixture.configuration()
            stopped.url +=
                (stopped.url.contains("?") ? "&" : "?")
                + "application_name=" + PostgresLeaseStore.applicationName(a.incarnation).replacing(" ", with: "%20")
            try await store.join(a, taking: [], lease: .seconds(60))
            _ = try await store.claim([five], for: a, lease: .milliseconds(1))
            try await store.join(b, taking: [], lease: .seconds(60))
            do {
                try await PostgresSessions(stopped).withSession { session in
                    try await session.execute("BEGIN; SELECT 1 FROM leases WHERE shard = 5 FOR SHARE")
                    #expect(try await store.claim([five], for: b, lease: .seconds(60)) == [])
                    // It was stopped in the middle, and will not end it.
                    try await store.disconnect(a.incarnation)
                    while try await store.claim([five], for: b, lease: .seconds(60)).isEmpty { await Task.yield() }
                }
            } catch {
                // Its connection was ended.
            }
            #expect(try await store.view().leases[5].owner == "b")
        }
    }
}

extension Change {
    fileprivate func under(_ tenure: Tenure) -> Change {
        Change(
            key: key, organizationID: organizationID, generation: generation, tenure: tenure, rows: rows,
            events: events,
            audit: audit, idempotency: idempotency
        )
    }
}
