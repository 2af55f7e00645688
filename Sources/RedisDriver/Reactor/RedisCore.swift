import Connecting
import Dispatch
import Logging
import Synchronization

/// A command in flight, and its waiting caller.
struct RedisJob: Sendable {
    /// The wire form, kept until the answer, because it may have to be sent again.
    let bytes: [UInt8]
    let deadline: UInt64
    /// Whether the server may have forgotten the script.
    let isScript: Bool
    let completion: @Sendable (Result<RedisReply, RedisError>) -> Void
}

/// The state shared by callers and the reactor's thread: pure states under one mutex, and a way to wake the thread.
final class RedisCore: Sendable {
    struct Shared {
        var inbox: RedisInbox<RedisJob>
        var pubSub = PubSubState<PubSubListener>()
        /// The sockets that the dialers have made.
        var dialed: [(role: RedisRole, generation: UInt64, result: Result<RedisSocket, DialFailure>)] = []
        /// The callers that wait for the result of the next attempt to connect.
        var attempts: [CheckedContinuation<String?, Never>] = []
        /// The callers that wait for the end.
        var closers: [CheckedContinuation<Void, Never>] = []
        var isFinished = false
    }

    let configuration: RedisConfiguration
    /// Loaded on each connection before anything else is sent.
    let scripts: [RedisScript]
    let logger: Logger
    let wakeUp: WakeUp
    let shared: Mutex<Shared>
    private let dialers: [RedisDialer]
    /// Answers refused commands, never on the caller's thread, because it may hold a lock.
    private let refusals = DispatchQueue(label: "almanac.redis.refusals")

    init(_ configuration: RedisConfiguration, scripts: [RedisScript], logger: Logger) throws(RedisError) {
        self.configuration = configuration
        self.scripts = scripts
        self.logger = logger
        do throws(WakeUpError) { wakeUp = try WakeUp() } catch { throw RedisError(.unreachable, "\(error)") }
        dialers = RedisRole.allCases.map { _ in
            RedisDialer(configuration.address.place, timeout: configuration.connectTimeout.nanoseconds)
        }
        shared = Mutex(
            Shared(inbox: RedisInbox(maxCommands: configuration.maxQueued, maxBytes: configuration.maxQueuedBytes)))
    }

    /// Changes the shared state; wakes the reactor if the body says so.
    func change(_ body: (inout Shared) -> Bool) {
        if shared.withLock({ body(&$0) }) { wakeUp.wake() }
    }

    func submit(
        _ command: RedisCommand, isScript: Bool,
        _ completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        // While nothing is accepted, nothing is encoded.
        let size = command.bytes.count
        if let refusal = shared.withLock({ $0.inbox.refusal(bytes: size) }) { return refuse(refusal, completion) }
        let deadline = MonotonicTime.now() + configuration.deadline.nanoseconds
        let job = RedisJob(
            bytes: Hiredis.encode(command), deadline: deadline, isScript: isScript, completion: completion)
        switch shared.withLock({ $0.inbox.submit(job, bytes: job.bytes.count) }) {
        case .accepted(let wake): if wake { wakeUp.wake() }
        case .refused(let error): refuse(error, completion)
        }
    }

    private func refuse(
        _ error: RedisError, _ completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        refusals.async { completion(.failure(error)) }
    }

    func dial(_ role: RedisRole, generation: UInt64) {
        dialers[role.rawValue].dial { [self] result in
            change { shared in
                shared.dialed.append((role, generation, result))
                return shared.inbox.tell()
            }
        }
    }
}

/// The purpose of a connection: a subscribed one accepts no commands.
enum RedisRole: Int, Sendable, CaseIterable {
    case commands, pubSub
}
