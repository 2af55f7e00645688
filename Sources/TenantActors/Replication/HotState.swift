public import AlmanacRuntime
import Metrics
public import ServiceLifecycle
import Synchronization

/// This node's sharing of its calendars, and the limit on how long a command waits for it.
///
/// ``run()`` ends the waits in time. Without it, a command waits for as long as the store takes.
public final class HotState: Service {
    public let store: any HotStore
    let monotonic: @Sendable () -> UInt64
    private let patience: UInt64
    /// In order of their ends, because all wait equally long.
    private let waits = Mutex<[(deadline: UInt64, wait: HotWait)]>([])
    private let signal = Signal()
    private let outcomes: [HotWritten: Counter]
    private let time = Metrics.Timer(label: "almanac_hot_write")

    /// - Parameters:
    ///   - patience: how long a written command waits until other nodes can read its change, in nanoseconds.
    ///   - monotonic: nanoseconds that never go back.
    public init(
        _ store: any HotStore, patience: UInt64 = 250_000_000,
        monotonic: @escaping @Sendable () -> UInt64 = SystemClock.monotonic
    ) {
        self.store = store
        self.patience = patience
        self.monotonic = monotonic
        let names: [(HotWritten, String)] = [
            (.written, "written"), (.behind, "behind"), (.superseded, "superseded"), (.failed, "failed"),
        ]
        outcomes = Dictionary(
            uniqueKeysWithValues: names.map {
                ($0, Counter(label: "almanac_hot_writes_total", dimensions: [("outcome", $1)]))
            }
        )
    }

    /// The latest end of a wait that begins now.
    func deadline() -> UInt64 { monotonic() &+ patience }

    func end(_ wait: HotWait, at deadline: UInt64) {
        waits.withLock { $0.append((deadline, wait)) }
        signal.fire()
    }

    func count(_ outcome: HotWritten, nanoseconds: UInt64) {
        outcomes[outcome]?.increment()
        time.recordNanoseconds(Int64(clamping: nanoseconds))
    }

    /// Ends the waits whose time is over; returns the end of the next one.
    @discardableResult
    func endOverdue() -> UInt64? {
        let now = monotonic()
        let (over, next) = waits.withLock { waits in
            let count = waits.firstIndex { $0.deadline > now && !$0.wait.isOver } ?? waits.count
            defer { waits.removeFirst(count) }
            return (waits.prefix(count), count < waits.count ? waits[count].deadline : nil)
        }
        for (_, wait) in over { wait.end() }
        return next
    }

    /// Ends waits in time, until it is told to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                guard let next = self.endOverdue() else {
                    await self.signal.wait()
                    continue
                }
                let now = self.monotonic()
                try? await Task.sleep(nanoseconds: next > now ? max(next - now, 5_000_000) : 5_000_000)
            }
        }
        // Ends the remaining waits, because nothing else will.
        for (_, wait) in waits.withLock({ $0 }) { wait.end() }
    }
}
