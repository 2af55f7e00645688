import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite struct DeliveryStoreTests {
    @Test func aClaimTakesWhatIsDueOnceAndTheLongestWaitingFirst() async throws {
        try await DeliveryFixture.run { fixture in
            let ids = try await fixture.deliveries(5)
            let first = try await fixture.claim(limit: 3)
            #expect(first.map(\.id) == Array(ids.prefix(3)))
            #expect(first.map(\.attempts) == [1, 1, 1])
            #expect(try await fixture.claim(limit: 3).map(\.id) == Array(ids.suffix(2)))
            #expect(try await fixture.claim(limit: 3).isEmpty)
        }
    }

    @Test func aClaimTakesSomeOfEachOrganization() async throws {
        try await DeliveryFixture.run { fixture in
            _ = try await fixture.deliveries(20)
            let other = try await fixture.deliveries(2, organization: fixture.second)
            let claimed = try await fixture.claim(limit: 6, perOrganization: 4)
            #expect(claimed.count == 6)
            #expect(Set(claimed.map(\.id)).isSuperset(of: other))
        }
    }

    @Test func aClaimLooksAtItsChannelOnly() async throws {
        try await DeliveryFixture.run { fixture in
            _ = try await fixture.deliveries(2)
            #expect(try await fixture.claim(channel: "sms").isEmpty)
            #expect(try await fixture.claim().count == 2)
        }
    }

    @Test func whatNobodySettlesIsDueAgainWhenItsClaimEnds() async throws {
        try await DeliveryFixture.run { fixture in
            _ = try await fixture.deliveries(1)
            let claim = try #require(try await fixture.claim().first)
            fixture.clock.advance(seconds: 59)
            #expect(try await fixture.claim().isEmpty)
            fixture.clock.advance(seconds: 1)
            let again = try #require(try await fixture.claim().first)
            #expect(again.id == claim.id && again.attempts == 2)
            // The first one comes late: the delivery is the second one's.
            #expect(try await fixture.store.settle(claim, .delivered, now: fixture.clock.now()) == false)
            #expect(try await fixture.find(claim.id).status == .pending)
            #expect(try await fixture.store.settle(again, .delivered, now: fixture.clock.now()))
            #expect(try await fixture.find(claim.id).status == .delivered)
        }
    }

    @Test func aProcessTakesUpWhatItHadClaimedBefore() async throws {
        try await DeliveryFixture.run { fixture in
            _ = try await fixture.deliveries(3)
            _ = try await fixture.claim(limit: 2, node: "a")
            _ = try await fixture.claim(limit: 1, node: "b")
            try await fixture.store.release(claimedBy: "a", now: fixture.clock.now())
            #expect(try await fixture.claim().count == 2)
        }
    }

    @Test func settlementsAreKept() async throws {
        try await DeliveryFixture.run { fixture in
            _ = try await fixture.deliveries(5)
            let now = fixture.clock.now()
            let later = now.adding(seconds: 30)
            let settlements: [DeliveryStore.Settlement] = [
                .delivered, .retry(at: later, reason: "busy"), .rejected(reason: "no"), .dead(reason: "old"),
                .deferred(until: later),
            ]
            var found: [Delivery] = []
            for (claim, settlement) in zip(try await fixture.claim(), settlements) {
                #expect(try await fixture.store.settle(claim, settlement, now: now))
                found.append(try await fixture.find(claim.id))
            }
            #expect(found.map(\.status) == [.delivered, .pending, .rejected, .dead, .pending])
            #expect(found.map(\.lastError) == [nil, "busy", "no", "old", nil])
            #expect(found.map(\.nextAttemptAt) == [nil, later, nil, nil, later])
            #expect(found.map(\.deliveredAt) == [now, nil, nil, nil, nil])
            #expect(found.map(\.attempts) == [1, 1, 1, 1, 0])
        }
    }

    @Test func failedOnesAreTriedAgainWhenAskedFor() async throws {
        try await DeliveryFixture.run { fixture in
            _ = try await fixture.deliveries(3)
            let claims = try await fixture.claim()
            try await fixture.store.settle(claims[0], .delivered, now: fixture.clock.now())
            try await fixture.store.settle(claims[1], .dead(reason: "old"), now: fixture.clock.now())
            // The third is under way.
            #expect(try await fixture.requeue(claims[0].id) == false)
            #expect(try await fixture.requeue(claims[1].id))
            #expect(try await fixture.requeue(claims[2].id) == false)
            #expect(try await fixture.requeue(claims[1].id, organization: fixture.second) == false)
            #expect(try await fixture.claim().map(\.id) == [claims[1].id])
        }
    }

    @Test func anEventIsExpandedOnce() async throws {
        try await DeliveryFixture.run { fixture in
            let rows = try await fixture.expansion(2)
            #expect(await fixture.commit(rows, fixture.organization) == "committed")
            #expect(await fixture.commit(rows, fixture.organization) == "stale")
            #expect(try await fixture.store.list(fixture.organization, status: nil, after: nil, limit: 9).count == 2)
        }
    }

    @Test func theLogIsReadInPagesAndByStatus() async throws {
        try await DeliveryFixture.run { fixture in
            let ids = try await fixture.deliveries(4)
            let claims = try await fixture.claim(limit: 2)
            try await fixture.store.settle(claims[0], .delivered, now: fixture.clock.now())
            try await fixture.store.settle(claims[1], .rejected(reason: "no"), now: fixture.clock.now())
            func list(_ status: Delivery.Status?, after: ID? = nil, limit: Int = 9) async throws -> [ID] {
                try await fixture.store.list(fixture.organization, status: status, after: after, limit: limit).map(\.id)
            }
            #expect(try await list(nil) == ids)
            #expect(try await list(nil, after: ids[0], limit: 2) == Array(ids[1...2]))
            #expect(try await list(.delivered) == [ids[0]])
            #expect(try await list(.rejected) == [ids[1]])
            #expect(try await list(.pending) == Array(ids[2...]))
            #expect(try await list(.dead) == [])
            #expect(try await fixture.store.list(fixture.second, status: nil, after: nil, limit: 9).isEmpty)
        }
    }
}
