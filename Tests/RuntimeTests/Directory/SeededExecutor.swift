import Synchronization

/// Runs all jobs on one thread, each time picking one of those ready by seed. Same seed, same schedule.
final class SeededExecutor: TaskExecutor {
    private enum Ready { case job(UnownedJob), pause(UnsafeContinuation<Void, Never>) }
    private let ready = Mutex<[Ready]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        ready.withLock { $0.append(.job(job)) }
    }

    /// Lets any other job run first. `Task.yield()` would leave the executor for a moment.
    func pause() async {
        await withUnsafeContinuation { pause in ready.withLock { $0.append(.pause(pause)) } }
    }

    /// Runs until nothing is ready: all is finished, or waits for ever.
    func run(seed: UInt64) {
        var random = SplitMix(seed: seed)
        while let next = ready.withLock({ $0.isEmpty ? nil : $0.remove(at: .random(in: $0.indices, using: &random)) }) {
            switch next {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .pause(let pause): pause.resume()
            }
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
