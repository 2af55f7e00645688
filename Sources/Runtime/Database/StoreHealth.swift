public import SQL
import Connecting
public import ServiceLifecycle
import Synchronization

/// Whether bookings can be taken, as the last attempts to write have shown.
///
/// A probe writes now and then, at most one at a time and seldom, whoever asks; asking costs nothing. What the commit log
/// meets counts as well, so that a disk which takes a probe but no booking is not called well.
public final class StoreHealth: Service {
    private struct State {
        /// When the last probe began, and its outcome.
        var checkedAt: UInt64?
        var failure: StoreError?
        /// When a probe under way began.
        var runningSince: UInt64?
        /// When a transaction failed that no other has followed.
        var commitFailedAt: UInt64?
    }

    /// How often is probed while all is well, and while it is not.
    public static let interval = Duration.seconds(1)
    static let retryInterval = Duration.milliseconds(250)
    /// A probe that takes longer counts as failed until it ends.
    static let patience = Duration.seconds(1).nanoseconds
    /// Past this age a finding is looked at anew by whoever asks.
    static let validity = Duration.seconds(3).nanoseconds
    /// For how long a failed transaction tells against the store, if no other is tried.
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

    /// Whether writes succeed. Answers at once, but where nothing is known yet.
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

    /// Probes, unless that is under way.
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

    /// What became of a transaction's changes.
    func note(_ outcomes: [CommitOutcome]) {
        var isFailed = false
        for outcome in outcomes {
            switch outcome {
            case .committed:
                // Most are: nothing is locked for them but after a failure.
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
