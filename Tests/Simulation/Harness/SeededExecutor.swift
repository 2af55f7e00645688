import Synchronization

/// Runs all jobs on the calling thread, each time picking one of those ready by seed. Same seed, same schedule.
final class SeededExecutor: TaskExecutor {
    private enum Ready { case job(UnownedJob), pause(UnsafeContinuation<Void, Never>) }

    private struct State {
        var ready: [Ready] = []
        var random: SplitMix64

        mutating func take() -> Ready? {
            ready.isEmpty ? nil : ready.remove(at: .random(in: ready.indices, using: &random))
        }
    }

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(random: SplitMix64(seed: seed))) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.ready.append(.job(job)) }
    }

    /// Lets any other job run first. `Task.yield()` would leave the executor for a moment.
    func pause() async {
        await withUnsafeContinuation { pause in state.withLock { $0.ready.append(.pause(pause)) } }
    }

    /// Runs until nothing is ready, or for a number of steps. What is not ready then waits for something to come.
    func run(steps: Int = .max) {
        var left = steps
        while left > 0, let next = state.withLock({ $0.take() }) {
            left -= 1
            switch next {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .pause(let pause): pause.resume()
            }
        }
    }
}

/// A repeatable random source; tests print its seed.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// True once in `n` times.
    mutating func oneIn(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }

    mutating func below(_ n: Int) -> Int { Int.random(in: 0..<n, using: &self) }
}
