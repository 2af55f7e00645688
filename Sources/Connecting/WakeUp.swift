import CEventFD
import Glibc

/// Wakes a thread out of `poll` (eventfd(2)).
package final class WakeUp: Sendable {
    package let descriptor: Int32

    /// - Throws: `WakeUpError` if the process has no descriptor left.
    package init() throws(WakeUpError) {
        descriptor = almanac_eventfd()
        guard descriptor >= 0 else { throw WakeUpError(number: errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package func wake() {
        var one: UInt64 = 1
        // It can fail only if it is full of wake-ups already.
        _ = write(descriptor, &one, 8)
    }

    package func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

/// Why there is no eventfd.
package struct WakeUpError: Error, CustomStringConvertible {
    /// Of errno(3).
    package let number: Int32

    package var description: String { "no eventfd (errno \(number))" }
}
