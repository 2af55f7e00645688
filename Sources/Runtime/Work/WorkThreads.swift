import Foundation
#if canImport(Glibc)
import Glibc
#endif
import Synchronization

/// Threads for heavy work. They yield to all others when processors are busy: long work takes a little longer, and
/// quick work stays quick.
final class WorkThreads: TaskExecutor {
    /// How much a thread yields, from 0 to 19 (nice(2)); at 10 it gets a tenth of what the others get.
    private static let niceness: Int32 = 10

    /// The state that the threads retain; not the executor, so that they end with it.
    private final class Line: Sendable {
        struct Jobs {
            var waiting: [(UnownedJob, UnownedTaskExecutor)] = []
            var head = 0
            var hasThreads = false
            var isOver = false
        }

        let jobs = Mutex(Jobs())
        let signal = DispatchSemaphore(value: 0)

        /// The next job; nil if there will be none.
        func next() -> (UnownedJob, UnownedTaskExecutor)? {
            while true {
                signal.wait()
                let (job, isOver) = jobs.withLock { jobs -> ((UnownedJob, UnownedTaskExecutor)?, Bool) in
                    guard jobs.head < jobs.waiting.count else { return (nil, jobs.isOver) }
                    let job = jobs.waiting[jobs.head]
                    jobs.head += 1
                    if jobs.head == jobs.waiting.count || jobs.head > 1_024 {
                        jobs.waiting.removeFirst(jobs.head)
                        jobs.head = 0
                    }
                    return (job, false)
                }
                if let job { return job }
                if isOver { return nil }
            }
        }
    }

    private let line = Line()
    private let count: Int

    init(count: Int) { self.count = count }

    deinit {
        line.jobs.withLock { $0.isOver = true }
        for _ in 0..<count { line.signal.signal() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        let isFirst = line.jobs.withLock { jobs in
            defer { jobs.hasThreads = true }
            jobs.waiting.append((job, executor))
            return !jobs.hasThreads
        }
        // A server that never does heavy work has no threads for it.
        if isFirst { for number in 0..<count { start(number) } }
        line.signal.signal()
    }

    private func start(_ number: Int) {
        let thread = Thread { [line] in
            Self.yieldToOthers()
            while let (job, executor) = line.next() { job.runSynchronously(on: executor) }
        }
        thread.name = "work-\(number)"
        // Parsing and compiling expect the stack of a cooperative thread.
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// On Linux a thread has a niceness of its own.
    private static func yieldToOthers() {
        #if canImport(Glibc)
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
        #endif
    }
}
