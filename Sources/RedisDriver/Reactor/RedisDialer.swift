import Dispatch

/// Makes connections on its own thread: a slow name server, or a host that drops packets, must not stop the working
/// connection.
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
