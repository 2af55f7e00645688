public import Scheduling
import Connecting
import Glibc
import Synchronization

/// The time of day, injected so that tests and simulations control it.
public protocol WallClock: Sendable {
    func now() -> Instant
}

/// The system's clock.
public struct SystemClock: WallClock {
    public init() {}

    public func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// Nanoseconds that never go back, for deadlines and durations.
    public static func monotonic() -> UInt64 {
        MonotonicTime.now()
    }
}

extension SystemClock {
    /// Nanoseconds that never go back and also count sleep: for leases (clock_gettime(2), CLOCK_BOOTTIME).
    public static func sinceBoot() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// A clock that moves only when told to.
public final class ManualClock: WallClock {
    private let current: Mutex<Instant>

    public init(_ start: Instant) { current = Mutex(start) }

    public func now() -> Instant { current.withLock { $0 } }

    public func advance(seconds: Int64) { current.withLock { $0 = $0.adding(seconds: seconds) } }

    /// May also go back, as an operator or a broken time source may do.
    public func set(_ instant: Instant) { current.withLock { $0 = instant } }

    public func advance(to instant: Instant) { current.withLock { $0 = max($0, instant) } }
}
