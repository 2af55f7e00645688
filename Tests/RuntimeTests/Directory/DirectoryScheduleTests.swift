import TestSupport
import Testing

@testable import AlmanacRuntime

/// Random schedules of random operations, replayed exactly by seed.
@Suite struct DirectoryScheduleTests {
    @Test(arguments: [
        (seeds: 0..<200, keys: 3, limit: 2),
        (seeds: 1_000..<1_200, keys: 6, limit: 4),
        (seeds: 2_000..<2_100, keys: 2, limit: 1),
    ])
    func noScheduleBreaksTheRules(_ plan: (seeds: Range<Int>, keys: Int, limit: Int)) {
        for seed in plan.seeds {
            let run = Schedule(seed: UInt64(seed), keys: plan.keys, limit: plan.limit)
            run.play()
            #expect(run.ledger.violations == [], "seed \(seed)")
            #expect(run.ledger.unfinished == 0, "seed \(seed): someone waits for ever")
            #expect(run.directory.residents().allSatisfy { $0.callsInFlight == 0 }, "seed \(seed)")
            #expect(run.directory.count == run.ledger.alive, "seed \(seed)")
        }
    }

    @Test(arguments: [1, 42, 4_711] as [UInt64])
    func theSameSeedGivesTheSameTrace(_ seed: UInt64) {
        let traces = (0..<2).map { _ in
            let run = Schedule(seed: seed, keys: 4, limit: 3)
            run.play()
            return run.ledger.trace
        }
        #expect(traces[0] == traces[1])
        #expect(traces[0].count > 50)
    }
}

/// One run: some callers do random things to a small directory on one seeded executor.
private final class Schedule: Sendable {
    private let executor: SeededExecutor
    private let seed: UInt64
    private let keys: Int
    let ledger: ScheduleLedger
    let directory: Directory<Int, Room>

    init(seed: UInt64, keys: Int, limit: Int) {
        (self.seed, self.keys) = (seed, keys)
        let (executor, ledger) = (SeededExecutor(seed: seed), ScheduleLedger(limit: limit))
        self.ledger = ledger
        self.executor = executor
        directory = Directory(
            name: "schedule",
            limit: limit,
            activate: { key in
                let generation = ledger.activating(key)
                await executor.pause()
                await executor.pause()
                guard generation % 7 != 0 else {
                    ledger.gone(key, "failed")
                    throw Broken(attempt: generation)
                }
                return Room(key: key, generation: generation)
            },
            passivate: { key, room in
                ledger.passivating(room)
                await executor.pause()
                ledger.gone(key, "passivated")
            },
            now: { ledger.tick() }
        )
    }

    func play() {
        for caller in 0..<8 {
            ledger.started()
            let task = Task(executorPreference: executor) { [self] in
                var random = SplitMix(seed: seed &* 31 &+ UInt64(caller))
                for _ in 0..<6 { await act(caller, &random) }
                if caller == 0, seed % 3 == 0 { await directory.drain() }
                ledger.finished()
            }
            if caller == 1, seed % 5 == 0 { task.cancel() }
        }
        executor.run()
    }

    private func act(_ caller: Int, _ random: inout SplitMix) async {
        let key = Int.random(in: 0..<keys, using: &random)
        let pauses = Int.random(in: 0..<4, using: &random)
        let evicts = Int.random(in: 0..<6, using: &random) == 0
        do {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: await directory.evict(key)
            case 1: await directory.passivateIdle(olderThan: UInt64(pauses) * 10)
            case 2: await directory.forEachActive { _, room in await use(room, caller, pauses) }
            case 3, 4:
                let pin = try await directory.pin(key)
                await executor.pause()
                try await pin.with { await use($0, caller, pauses) }
                if evicts { await directory.evict(key) }
                for _ in 0..<pauses { await executor.pause() }
                try await pin.with { await use($0, caller, pauses) }
            case _:
                try await directory.with(key) { room in
                    await use(room, caller, pauses)
                    if evicts { await directory.evict(key) }
                    await use(room, caller, pauses)
                }
            }
        } catch {
            ledger.note("\(caller) got \(error)")
        }
        await executor.pause()
    }

    private func use(_ room: Room, _ caller: Int, _ pauses: Int) async {
        ledger.began(room, caller)
        for _ in 0..<pauses { await executor.pause() }
        ledger.ended(room, caller)
    }
}
