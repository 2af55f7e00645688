import SQL
import Connecting
import Logging
import Synchronization

/// A unit and its waiting caller.
struct UnitJob: Sendable {
    let unit: EncodedUnit
    let continuation: CheckedContinuation<Result<[ResultBuffer], PostgresError>, Never>
}

/// The state shared by callers and the reactor's thread: pure states under one mutex, and a way to wake the thread.
final class PoolCore: Sendable {
    struct Shared {
        var pool: PoolState<UnitJob>
        var listen = ListenState<NotificationQueue>()
        /// Connections that the dialer has begun.
        var dialed: [(slot: Int, generation: UInt64, link: Link?)] = []
        /// The callers that wait for the end.
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    let configuration: PostgresConfiguration
    let logger: Logger
    let dialer: Dialer
    let wakeUp: WakeUp
    let shared: Mutex<Shared>

    init(
        _ configuration: PostgresConfiguration, logger: Logger, random: any RandomNumberGenerator & Sendable
    ) throws(PostgresError) {
        guard Link.complaint(url: configuration.url) == nil else {
            throw PostgresError(.unavailable, "the address of the database cannot be read")
        }
        self.configuration = configuration
        self.logger = logger
        dialer = Dialer(url: configuration.url, applicationName: configuration.applicationName)
        do throws(WakeUpError) { wakeUp = try WakeUp() } catch { throw PostgresError(.unavailable, "\(error)") }
        shared = Mutex(Shared(pool: PoolState(configuration.limits, random: random)))
    }

    /// Changes the shared state; wakes the reactor if the body says so.
    func change(_ body: (inout Shared) -> Bool) {
        if shared.withLock({ body(&$0) }) { wakeUp.wake() }
    }
}
