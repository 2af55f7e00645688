import CPostgres
import Glibc

/// Wakes a thread out of `poll` (eventfd(2)).
final class WakeUp: Sendable {
    let descriptor: Int32

    init() throws(PostgresError) {
        descriptor = almanac_eventfd()
        guard descriptor >= 0 else { throw PostgresError(.unavailable, "no eventfd (errno \(errno))") }
    }

    deinit { close(descriptor) }

    func wake() {
        var one: UInt64 = 1
        // It can only fail because it is full of wake-ups already.
        _ = write(descriptor, &one, 8)
    }

    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
