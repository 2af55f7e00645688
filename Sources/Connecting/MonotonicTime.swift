import Glibc

/// Nanoseconds that never go back, for deadlines and durations (clock_gettime(2), CLOCK_MONOTONIC).
public enum MonotonicTime {
    public static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
