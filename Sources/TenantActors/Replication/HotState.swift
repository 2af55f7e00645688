public import AlmanacRuntime
import Metrics
public import ServiceLifecycle
import Synchronization

/// What this node shares of its calendars, and the limit to how long a command waits for it.
///
/// The time is kept by ``run()``: without it a command waits for as long as the store takes.
public final class HotState: Service {
    public let store: any HotStore
    let monotonic: @Sendable () -> UInt64
    private let patience: UInt64
    /// In order of their ends: all wait equally long.
    private let waits = Mutex<[(deadline: UInt64, wait: HotWait)]>([])
    private let signal = Signal()
    private let outcomes: [HotWritten: Counter]
    private let time = Metrics.Timer(label: "almanac_hot_write")

    /// - Parameters:
    ///   - patience: how long a command that was written waits until others can read of it, in nanoseconds.
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

    /// Until when a command that begins to wait now does so.
    func deadline() -> UInt64 { monotonic() &+ patience }

    func end(_ wait: HotWait, at deadline: UInt64) {
        waits.withLock { $0.append((deadline, wait)) }
        signal.fire()
    }

    func count(_ outcome: HotWritten, nanoseconds: UInt64) {
        outcomes[outcome]?.increment()
        time.recordNanoseconds(Int64(clamping: nanoseconds))
    }

    /// Ends the waits whose time is up; returns when the next one's is.
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

    /// Keeps the time until told to stop.
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
        // Whoever still waits is not to wait for ever.
        for (_, wait) in waits.withLock({ $0 }) { wait.end() }
    }
}
