import Connecting
import Foundation
public import Logging
import Synchronization

/// Two connections to one Redis server, shared by all callers: one for commands, one for subscriptions.
///
/// One thread runs both. Commands leave in the order of the calls, pipelined, and are answered in that order. Without a
/// connection every call fails at once, and no caller waits past its deadline. An error from the server is an answer:
/// ``RedisReply/error(_:)``.
public final class RedisClient: Sendable {
    let core: RedisCore

    /// Begins to connect, and returns at once.
    ///
    /// - Parameters:
    ///   - scripts: loaded before anything else is sent, and again if the server forgets them.
    public init(
        _ configuration: RedisConfiguration, scripts: [RedisScript] = [],
        logger: Logger = Logger(label: "almanac.redis")
    ) throws(RedisError) {
        let core = try RedisCore(configuration, scripts: scripts, logger: logger)
        self.core = core
        let thread = Thread { RedisReactor.run(core) }
        thread.name = "redis"
        thread.start()
    }

    deinit { core.change { $0.inbox.close() } }

    /// Whether commands are being answered.
    public var isReachable: Bool { core.shared.withLock { $0.inbox.isReachable } }

    /// Commands that are not answered yet.
    var unanswered: (commands: Int, bytes: Int) { core.shared.withLock { ($0.inbox.commands, $0.inbox.bytes) } }

    // MARK: - Commands

    /// Hands over a command and returns. A thread of the client calls `completion` once; it must not block.
    public func send(
        _ command: RedisCommand, isScript: Bool = false,
        _ completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) {
        core.submit(command, isScript: isScript, completion)
    }

    /// Sends a command and waits for its answer.
    ///
    /// - Parameter isScript: whether it runs one of the client's scripts.
    public func run(_ command: RedisCommand, isScript: Bool = false) async throws(RedisError) -> RedisReply {
        let result = await withCheckedContinuation { continuation in
            send(command, isScript: isScript) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    // MARK: - PubSub

    /// Listens to a channel from the moment that `receive` gets `connected`. The client's thread calls `receive` in
    /// order; it must not block.
    public func listen(
        _ channel: String, _ receive: @escaping @Sendable (PubSubEvent) -> Void
    ) -> RedisListening {
        let listener = PubSubListener(receive)
        let (id, wake) = core.shared.withLock { ($0.pubSub.add(listener, to: channel), $0.inbox.tell()) }
        if wake { core.wakeUp.wake() }
        return RedisListening(core: core, listener: listener, channel: channel, id: id)
    }

    // MARK: - Life

    /// Waits until the attempt to connect succeeds or fails. Returns the reason of a failure.
    public func attempt() async -> String? {
        await withCheckedContinuation { continuation in
            let outcome: String?? = core.shared.withLock { shared in
                if shared.inbox.isReachable { return .some(nil) }
                if shared.isFinished { return RedisError.closed.context }
                shared.attempts.append(continuation)
                return nil
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    /// Fails waiting commands, tells listeners, and disconnects.
    public func close() async {
        await withCheckedContinuation { continuation in
            let (isOver, wake) = core.shared.withLock { shared in
                if shared.isFinished { return (true, false) }
                shared.closers.append(continuation)
                return (false, shared.inbox.close())
            }
            if isOver { continuation.resume() }
            if wake { core.wakeUp.wake() }
        }
    }
}
