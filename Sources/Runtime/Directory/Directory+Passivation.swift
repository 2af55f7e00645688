internal import Synchronization

extension Directory {
    /// Passivates every resident idle for `ns` nanoseconds or longer, one after another.
    /// - Returns: how many were passivated.
    @discardableResult
    public nonisolated(nonsending) func passivateIdle(olderThan ns: UInt64) async -> Int {
        let now = now()
        guard now >= ns else { return 0 }
        var count = 0
        while let departure = state.withLock({ $0.passivateIdle(notAfter: now - ns) }) {
            await finish(departure)
            count += 1
        }
        return count
    }

    /// Takes the resident of `key` out of service: it is broken or fenced, or its entity is gone.
    ///
    /// Its pins are revoked. Calls in flight finish on it; new calls wait for them, and then activate
    /// afresh. With no call in flight it is passivated here, otherwise by its last caller: this returns at
    /// once, and may be called from inside a body.
    public nonisolated(nonsending) func evict(_ key: Key) async {
        if let departure = state.withLock({ $0.evict(key) }) { await finish(departure) }
    }

    /// Shuts down: refuses activations and pins with `draining`, revokes pins, passivates every resident when it has no
    /// calls, and returns when all are out. Still serves calls to residents that are in. Several tasks that call it
    /// passivate in parallel.
    public nonisolated(nonsending) func drain() async {
        while true {
            switch state.withLock({ $0.drain() }) {
            case .passivate(let departure): await finish(departure)
            case .wait: _ = await park { $0.waitUntilDrained($1) }
            case .done: return
            }
        }
    }
}
