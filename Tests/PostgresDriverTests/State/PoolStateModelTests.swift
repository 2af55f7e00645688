import TestSupport
@testable import PostgresDriver
import Testing

/// Random events against the pool's state, and what must be true whatever happens.
@Suite struct PoolStateModelTests {
    /// What the test knows of one unit.
    private struct Fate {
        let access: PostgresUnit.Access
        let deadline: UInt64
        var sent = 0
        var answers = 0
    }

    private struct Run {
        var random: SplitMix
        var pool: PoolState<Int>
        var fates: [Int: Fate] = [:]
        var ids: [UInt64] = []
        /// What each connection has been given and not answered.
        var wires: [[Int]]
        var now: UInt64 = 0
        var lastPinned: [Int: Int] = [:]
        var pins: [Int: Int] = [:]

        init(seed: UInt64) {
            random = SplitMix(seed: seed)
            let limits = PoolLimits(
                writers: 2, readers: 2, hasListener: true, writerDepth: 2, readerDepth: 3, maxQueued: 12,
                dialTimeout: 40, patience: 30, heartbeat: 200, backoffInitial: 5, backoffLimit: 40
            )
            pool = PoolState(limits, random: SplitMix(seed: seed &+ 1))
            wires = Array(repeating: [], count: pool.connectionCount)
        }

        mutating func perform(_ actions: [PoolState<Int>.Action]) {
            for action in actions {
                switch action {
                case .dial, .finish: break
                case .probe(let slot): wires[slot].append(-1)
                case .hangUp(let slot): wires[slot] = []
                case .answer(let payload, let failure, _): answer(payload, failure)
                }
            }
        }

        mutating func answer(_ payload: Int, _ failure: PoolFailure?) {
            fates[payload]?.answers += 1
            guard let fate = fates[payload] else { return }
            switch failure {
            case .full, .closed, .cancelled, .down, .unreachable, .late:
                // Nothing that may have run is called unsent; a read that is sent again may end so, for it harms nobody.
                #expect(fate.sent == 0 || fate.access == .read)
            case .overdue(let access), .lost(let access):
                #expect(access == fate.access && fate.sent > 0)
            case nil: #expect(fate.sent > 0)
            }
        }

        mutating func step() {
            now += UInt64.random(in: 0...6, using: &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0...4: submit()
            case 5...8: answerOne()
            case 9: lose()
            case 10: withdraw()
            default:
                let slot = Int.random(in: 0..<wires.count, using: &random)
                pool.connected(slot)
                pool.configured(slot, now)
            }
            perform(pool.tick(now))
            for (slot, payload) in pool.dispatch() {
                wires[slot].append(payload)
                fates[payload]?.sent += 1
                if let pin = pins[payload] {
                    // In the order in which they were given.
                    #expect(slot == pin && payload > lastPinned[pin, default: -1])
                    lastPinned[pin] = payload
                }
            }
            for fate in fates.values {
                #expect(fate.answers <= 1)
                #expect(fate.access == .read || fate.sent <= 1)
                #expect(fate.sent <= 2)
            }
        }

        private mutating func submit() {
            let access: PostgresUnit.Access = Bool.random(using: &random) ? .read : .write
            let payload = fates.count
            let deadline = now + UInt64.random(in: 1...120, using: &random)
            let pin = access == .write && Bool.random(using: &random) ? Int.random(in: 0..<2, using: &random) : nil
            fates[payload] = Fate(access: access, deadline: deadline)
            if case .accepted(let id, _) = pool.submit(payload, access, writer: pin, deadline: deadline, now: now) {
                ids.append(id)
                pins[payload] = pin
            } else {
                fates[payload]?.answers += 1
            }
        }

        private mutating func answerOne() {
            guard let slot = wires.indices.filter({ !wires[$0].isEmpty }).randomElement(using: &random) else { return }
            let sent = wires[slot].removeFirst()
            let answered = pool.answered(slot, now)
            // The state's order is the wire's; nil is a probe, or a unit that was overdue.
            if let answered { #expect(answered == sent) }
            if let answered { answer(answered, nil) }
        }

        private mutating func lose() {
            let slot = Int.random(in: 0..<wires.count, using: &random)
            perform(pool.lost(slot, because: "x", now))
        }

        private mutating func withdraw() {
            guard let id = ids.randomElement(using: &random), let payload = pool.withdraw(id) else { return }
            answer(payload, .cancelled)
        }
    }

    @Test(arguments: 0..<40) func eachUnitIsAnsweredOnceAndNoWriteIsSentTwice(seed: UInt64) {
        var run = Run(seed: seed)
        for _ in 0..<600 { run.step() }
        _ = run.pool.close(by: run.now + 10)
        run.now += 10
        run.perform(run.pool.tick(run.now))
        #expect(run.pool.isFinished)
        #expect(run.fates.count > 100)
        // Nobody is left hanging.
        #expect(run.fates.values.allSatisfy { $0.answers == 1 })
    }

    @Test(arguments: 0..<10) func nobodyWaitsPastTheDeadline(seed: UInt64) {
        var run = Run(seed: seed)
        for _ in 0..<600 {
            run.step()
            for fate in run.fates.values where fate.answers == 0 { #expect(fate.deadline > run.now) }
        }
    }
}
