public import SQL
import Connecting
public import ServiceLifecycle
import Synchronization

/// Whether bookings can be taken, judged by the last attempts to write.
///
/// A probe writes now and then, at most one at a time; asking costs nothing. The commit log's results count too, so a
/// disk that accepts a probe but no booking does not count as well.
public final class StoreHealth: Service {
    private struct State {
        /// When the last probe began, and its outcome.
        var checkedAt: UInt64?
        var failure: StoreError?
        /// When a probe under way began.
        var runningSince: UInt64?
        /// When a transaction failed, if no other has succeeded since.
        var commitFailedAt: UInt64?
    }

    /// How often to probe while all is well, and while it is not.
    public static let interval = Duration.seconds(1)
    static let retryInterval = Duration.milliseconds(250)
    /// A probe that takes longer counts as failed until it ends.
    static let patience = Duration.seconds(1).nanoseconds
    /// A caller that finds an older result probes again.
    static let validity = Duration.seconds(3).nanoseconds
    /// For how long a failed transaction counts, if no other is tried.
    static let memory = Duration.seconds(5).nanoseconds

    private let probe: @Sendable () async throws(StoreError) -> Void
    private let clock: @Sendable () -> UInt64
    private let noted: @Sendable (StoreError?) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - probe: writes something.
    ///   - noted: called when the finding changes, with what is wrong or nil.
    public init(
        probe: @escaping @Sendable () async throws(StoreError) -> Void,
        clock: @escaping @Sendable () -> UInt64 = SystemClock.monotonic,
        noted: @escaping @Sendable (StoreError?) -> Void = { _ in }
    ) {
        self.probe = probe
        self.clock = clock
        self.noted = noted
    }

    /// Whether writes succeed. Answers at once, unless nothing is known yet.
    public func isWell() async -> Bool {
        let now = clock()
        let isStale = state.withLock { state in
            state.runningSince == nil && (state.checkedAt.map { now > $0 + Self.validity } ?? true)
        }
        if isStale { await check() }
        return finding(clock())
    }

    private func finding(_ now: UInt64) -> Bool {
        state.withLock { state in
            if let since = state.runningSince, now > since + Self.patience { return false }
            if let failed = state.commitFailedAt, now < failed + Self.memory { return false }
            return state.checkedAt != nil && state.failure == nil
        }
    }

    /// Probes, unless a probe is under way.
    @discardableResult
    public func check() async -> Bool {
        let begun: UInt64? = state.withLock { state in
            guard state.runningSince == nil else { return nil }
            let now = clock()
            state.runningSince = now
            return now
        }
        guard let begun else { return finding(clock()) }
        var failure: StoreError?
        do throws(StoreError) { try await probe() } catch { failure = error }
        let isNews = state.withLock { state in
            defer { (state.checkedAt, state.failure, state.runningSince) = (begun, failure, nil) }
            return (state.failure == nil) != (failure == nil)
        }
        if isNews { noted(failure) }
        return failure == nil
    }

    /// Takes note of the outcomes of a transaction.
    func note(_ outcomes: [CommitOutcome]) {
        var isFailed = false
        for outcome in outcomes {
            switch outcome {
            case .committed:
                // Most succeed: these lock nothing, except after a failure.
                if state.withLock({ $0.commitFailedAt }) != nil { state.withLock { $0.commitFailedAt = nil } }
                return
            case .failed(let error) where error.code == .unavailable || error.code == .unknownOutcome: isFailed = true
            case .unknown: isFailed = true
            case .conflict, .stale, .keyTaken, .fenced, .failed, .refused: break
            }
        }
        guard isFailed else { return }
        let now = clock()
        state.withLock { $0.commitFailedAt = now }
    }

    /// Probes until told to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let isWell = await self.check()
                do { try await Task.sleep(for: isWell ? Self.interval : Self.retryInterval) } catch { return }
            }
        }
    }
}
