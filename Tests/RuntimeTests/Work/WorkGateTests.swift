import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime

@Suite struct WorkGateTests {
    private struct Full: Error {}

    /// Lets whoever waits here go when told to.
    private final class Door: Sendable {
        private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

        func pass() async {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiters.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        }

        func open() {
            let waiters = state.withLock { state in
                state.isOpen = true
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    /// Who has had its turn, in order.
    private final class Turns: Sendable {
        private let list = Mutex<[UInt64]>([])

        var all: [UInt64] { list.withLock { $0 } }

        func note(_ number: UInt64) { list.withLock { $0.append(number) } }
    }

    private static func tenant(_ number: UInt64) -> ID { ID(high: 9, low: number) }

    private static func run(
        _ gate: WorkGate, _ number: UInt64, _ body: @escaping @Sendable () async -> Void
    ) async throws {
        try await gate.run(for: tenant(number), refusal: Full()) { () async throws(Full) -> Void in await body() }
    }

    private static func settled(_ isSo: () -> Bool) async { while !isSo() { await Task.yield() } }

    /// Eight tenants with a line each, and one that comes last with a single job: it waits for one job of each at most.
    @Test(arguments: [false, true])
    func aTenantWithOneJobWaitsForOneOfEachOther(hasThreads: Bool) async throws {
        let gate = WorkGate(.init(width: 1, share: 1, waiting: 4, waitingTogether: 64), hasThreads: hasThreads)
        let door = Door()
        let turns = Turns()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.run(gate, 0) { await door.pass() } }
            await Self.settled { gate.running == 1 }
            var expected = 0
            for round in 0..<4 {
                for number: UInt64 in 1...8 {
                    group.addTask {
                        try await Self.run(gate, number) { turns.note(number) }
                    }
                    expected += 1
                    await Self.settled { gate.waiting == expected }
                }
                if round == 3 { #expect(gate.waiting == 32) }
            }
            group.addTask {
                try await Self.run(gate, 9) { turns.note(9) }
            }
            await Self.settled { gate.waiting == 33 }
            door.open()
            try await group.waitForAll()
        }
        let round: [UInt64] = [1, 2, 3, 4, 5, 6, 7, 8]
        let expected: [UInt64] = round + [9] + round + round + round
        #expect(turns.all == expected)
        #expect(gate.running == 0 && gate.begun == 34 && gate.refused == 0)
    }

    @Test func pastItsLineATenantIsRefusedAtOnce() async throws {
        let gate = WorkGate(.init(width: 1, share: 1, waiting: 1, waitingTogether: 4))
        let door = Door()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask { try await Self.run(gate, 1) { await door.pass() } }
            }
            await Self.settled { gate.running == 1 && gate.waiting == 1 }
            await #expect(throws: Full.self) { try await Self.run(gate, 1) {} }
            #expect(gate.refused == 1)
            door.open()
            try await group.waitForAll()
        }
    }

    @Test func whatAJobThrowsLeavesTheGateOpen() async throws {
        let gate = WorkGate(hasThreads: true)
        let failing: @Sendable () async throws(Full) -> Int = { () async throws(Full) -> Int in throw Full() }
        await #expect(throws: Full.self) { try await gate.run(for: Self.tenant(1), refusal: Full(), failing) }
        let adding: @Sendable () async throws(Full) -> Int = { () async throws(Full) -> Int in 55 }
        let sum = try await gate.run(for: Self.tenant(1), refusal: Full(), adding)
        #expect(sum == 55)
        #expect(gate.running == 0)
    }
}
