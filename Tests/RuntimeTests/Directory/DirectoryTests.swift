import Synchronization
import Testing

@testable import AlmanacRuntime

@Suite(.timeLimit(.minutes(1))) struct DirectoryTests {
    @Test func aThousandCallersOfAColdKeyShareOneActivation() async throws {
        let gate = Gate()
        let fixture = Fixture(onActivate: { _, _ in await gate.pass() })
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<1_000 { group.addTask { try await fixture.directory.with(7) { $0.generation } } }
            await fixture.until { fixture.waiters(7) == 999 }
            gate.open()
            for try await generation in group { #expect(generation == 1) }
        }
        #expect(fixture.activations.withLock { $0 } == [7])
        #expect(fixture.directory.residents().map(\.callsInFlight) == [0])
    }

    @Test func aFailedActivationIsSharedAndTheNextCallTriesAgain() async throws {
        let gate = Gate()
        let fixture = Fixture(onActivate: { _, attempt in
            await gate.pass()
            if attempt == 1 { throw Broken(attempt: attempt) }
        })
        await withTaskGroup(of: Broken?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do { try await fixture.directory.with(7) { _ in } } catch { return error as? Broken }
                    return nil
                }
            }
            await fixture.until { fixture.waiters(7) == 49 }
            gate.open()
            for await broken in group { #expect(broken == Broken(attempt: 1)) }
        }
        #expect(fixture.directory.count == 0)
        #expect(try await fixture.directory.with(7) { $0.generation } == 2)
    }

    @Test func aHungUpLeaderDoesNotFailTheOthers() async throws {
        let gate = Gate()
        let fixture = Fixture(onActivate: { _, attempt in
            await gate.pass()
            try Task.checkCancellation()
        })
        let leader = Task { try await fixture.directory.with(7) { _ in } }
        await gate.arrived()
        let follower = Task { try await fixture.directory.with(7) { $0.generation } }
        await fixture.until { fixture.waiters(7) == 1 }
        leader.cancel()
        gate.open()
        await #expect(throws: CancellationError.self) { try await leader.value }
        #expect(try await follower.value == 2)
    }

    @Test func whenFullTheLeastRecentlyUsedIsPassivated() async throws {
        let fixture = Fixture(limit: 2)
        for key in [1, 2, 1, 3] { try await fixture.directory.with(key) { _ in } }
        #expect(fixture.passivations.withLock { $0 } == [2])
        #expect(fixture.directory.residents().map(\.0).sorted() == [1, 3])
        #expect(fixture.directory.count == 2)
    }

    @Test func whenAllAreBusyACallIsRefused() async throws {
        let fixture = Fixture(limit: 1)
        try await fixture.directory.with(1) { _ in
            _ = await #expect(throws: DirectoryError(.overloaded, directory: "rooms")) {
                try await fixture.directory.with(2) { _ in }
            }
        }
        #expect(try await fixture.directory.with(2) { $0.key } == 2)
    }

    @Test func aCallDuringPassivationWaitsAndActivatesAgain() async throws {
        let gate = Gate()
        let fixture = Fixture(onPassivate: { _ in await gate.pass() })
        try await fixture.directory.with(1) { _ in }
        fixture.clock.store(100, ordering: .relaxed)
        let sweep = Task { await fixture.directory.passivateIdle(olderThan: 100) }
        await gate.arrived()
        let call = Task { try await fixture.directory.with(1) { $0.generation } }
        await fixture.until { fixture.waiters(1) == 1 }
        #expect(fixture.activations.withLock { $0.count } == 1)
        gate.open()
        #expect(try await call.value == 2)
        #expect(await sweep.value == 1)
    }

    @Test func onlyTheIdleForLongEnoughAreSwept() async throws {
        let fixture = Fixture()
        for key in 1...3 {
            fixture.clock.store(UInt64(key) * 10, ordering: .relaxed)
            try await fixture.directory.with(key) { _ in }
        }
        #expect(await fixture.directory.passivateIdle(olderThan: 10) == 2)
        #expect(await fixture.directory.passivateIdle(olderThan: 31) == 0)
        #expect(fixture.directory.residents().map(\.0) == [3])
    }

    @Test func aNewCallAfterAnEvictionWaitsForThoseInFlight() async throws {
        let gate = Gate()
        let fixture = Fixture()
        let old = Task {
            try await fixture.directory.with(1) { room in
                await gate.pass()
                return room.generation
            }
        }
        await gate.arrived()
        await fixture.directory.evict(1)
        let new = Task { try await fixture.directory.with(1) { $0.generation } }
        await fixture.until { fixture.waiters(1) == 1 }
        #expect(fixture.activations.withLock { $0.count } == 1)
        gate.open()
        #expect(try await old.value == 1)
        #expect(try await new.value == 2)
        #expect(fixture.passivations.withLock { $0 } == [1])
    }

    @Test func aResidentMayBeEvictedFromInsideItsOwnCall() async throws {
        let fixture = Fixture()
        try await fixture.directory.with(1) { _ in await fixture.directory.evict(1) }
        #expect(fixture.directory.count == 0)
        #expect(try await fixture.directory.with(1) { $0.generation } == 2)
    }

    @Test func aThrowingBodyIsCountedOut() async throws {
        let fixture = Fixture()
        await #expect(throws: Broken.self) { try await fixture.directory.with(1) { _ in throw Broken(attempt: 0) } }
        #expect(fixture.directory.residents().map(\.callsInFlight) == [0])
    }

    @Test func aLeasePinsItsResidentUntilReleased() async throws {
        let fixture = Fixture(limit: 1)
        let pin = try await fixture.directory.pin(1)
        #expect(await fixture.directory.passivateIdle(olderThan: 0) == 0)
        await #expect(throws: DirectoryError.self) { try await fixture.directory.with(2) { _ in } }
        #expect(try await pin.with { $0.generation } == 1)
        #expect(fixture.directory.residents().map(\.callsInFlight) == [1])
        pin.release()
        #expect(try await fixture.directory.with(2) { $0.key } == 2)
        do { _ = try await fixture.directory.pin(3) }
        #expect(fixture.directory.residents().map(\.callsInFlight) == [0], "a dropped pin is given back")
    }

    @Test func evictionAndDrainOverrideALease() async throws {
        let fixture = Fixture()
        let first = try await fixture.directory.pin(1)
        await fixture.directory.evict(1)
        do {
            try await first.with { _ in }
            Issue.record("a revoked pin ran a call")
        } catch {
            #expect((error as? DirectoryError)?.code == .revoked)
        }
        let second = try await fixture.directory.pin(1)
        first.release()
        #expect(try await second.with { $0.generation } == 2)
        await fixture.directory.drain()
        #expect(fixture.directory.count == 0)
        second.release()
    }

    @Test func aDrainWaitsForCallsInFlightAndRefusesNewKeys() async throws {
        let gate = Gate()
        let fixture = Fixture()
        try await fixture.directory.with(2) { _ in }
        let call = Task { try await fixture.directory.with(1) { _ in await gate.pass() } }
        await gate.arrived()
        let drain = Task { await fixture.directory.drain() }
        await fixture.until { fixture.passivations.withLock { $0 } == [2] }
        await #expect(throws: DirectoryError(.draining, directory: "rooms")) {
            try await fixture.directory.with(3) { _ in }
        }
        #expect(try await fixture.directory.with(1) { $0.generation } == 2, "a resident that is in still serves")
        gate.open()
        try await call.value
        await drain.value
        #expect(fixture.passivations.withLock { $0 } == [2, 1])
    }

    @Test func aVisitReachesEveryActiveResidentAndActivatesNone() async throws {
        let fixture = Fixture()
        for key in 1...3 { try await fixture.directory.with(key) { _ in } }
        var visited: [Int] = []
        await fixture.directory.forEachActive { key, room in
            visited.append(key)
            #expect(room.key == key)
            if key == 1 { await fixture.directory.evict(2) }
        }
        #expect(visited == [1, 3])
        #expect(fixture.activations.withLock { $0.count } == 3)
    }

    @MainActor @Test func aBodyRunsWhereItsCallerRuns() async throws {
        let fixture = Fixture()
        var count = 0
        for _ in 0..<2 {
            try await fixture.directory.with(1) { _ in
                MainActor.assertIsolated()
                count += 1
            }
        }
        #expect(count == 2)
    }
}
