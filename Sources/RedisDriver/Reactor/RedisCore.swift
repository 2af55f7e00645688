import Connecting
import Dispatch
import Logging
import Synchronization

/// A command on its way, and who waits for its answer.
struct RedisJob: Sendable {
    /// As the server reads it; kept until it is answered, for it may have to be sent again.
    let bytes: [UInt8]
    let deadline: UInt64
    /// Whether the server may say that it has forgotten the script.
    let isScript: Bool
    let completion: @Sendable (Result<RedisReply, RedisError>) -> Void
}

/// What callers and the reactor's thread share: pure states under one mutex, and the means to wake the thread.
final class RedisCore: Sendable {
    struct Shared {
        var inbox: RedisInbox<RedisJob>
        var pubSub = PubSubState<PubSubListener>()
        /// What the dialers have made.
        var dialed: [(role: RedisRole, generation: UInt64, result: Result<RedisSocket, DialFailure>)] = []
        /// Who waits for what becomes of the next attempt to connect.
        var attempts: [CheckedContinuation<String?, Never>] = []
        /// Who waits for the end.
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
    /// Tells those whose command was refused: never on their own thread, for they may hold a lock.
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

    /// Changes what is shared; wakes the reactor if the body says so.
    func change(_ body: (inout Shared) -> Bool) {
        if shared.withLock({ body(&$0) }) { wakeUp.wake() }
    }

    func submit(
        _ command: RedisCommand, isScript: Bool,
        _ completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        // While nothing is taken on, nothing is encoded.
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

/// What a connection is for: subscribed, it takes no commands.
enum RedisRole: Int, Sendable, CaseIterable {
    case commands, pubSub
}
