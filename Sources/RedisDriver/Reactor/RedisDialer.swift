import Dispatch

/// Makes connections on a thread of its own: a name server that is slow, or a host that swallows packets, must not stop
/// the connection that works.
struct RedisDialer: Sendable {
    let place: RedisAddress.Place
    let timeout: UInt64
    private let queue = DispatchQueue(label: "almanac.redis.dialer")

    init(_ place: RedisAddress.Place, timeout: UInt64) {
        self.place = place
        self.timeout = timeout
    }

    /// Calls `done` on the dialer's thread.
    func dial(_ done: @escaping @Sendable (Result<RedisSocket, DialFailure>) -> Void) {
        queue.async { done(RedisSocket.connect(to: place, within: timeout)) }
    }
}
