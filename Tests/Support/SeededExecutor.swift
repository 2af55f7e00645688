import Synchronization

/// Runs all jobs on the calling thread, each time picking one of those ready by seed. Same seed, same schedule.
package final class SeededExecutor: TaskExecutor {
    private enum Ready { case job(UnownedJob), pause(UnsafeContinuation<Void, Never>) }

    private struct State {
        var ready: [Ready] = []
        var random: SplitMix

        mutating func take() -> Ready? {
            ready.isEmpty ? nil : ready.remove(at: .random(in: ready.indices, using: &random))
        }
    }

    private let state: Mutex<State>

    package init(seed: UInt64) { state = Mutex(State(random: SplitMix(seed: seed))) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.ready.append(.job(job)) }
    }

    /// Lets any other job run first. `Task.yield()` would leave the executor for a moment.
    package func pause() async {
        await withUnsafeContinuation { pause in state.withLock { $0.ready.append(.pause(pause)) } }
    }

    /// Runs until nothing is ready, or for a number of steps. What is not ready then waits for something to come.
    package func run(steps: Int = .max) {
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
