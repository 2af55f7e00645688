import Synchronization

/// How many sockets are open, and that there are not too many.
package final class ConnectionCount: Sendable {
    private let limit: Int
    private let current = Atomic<Int>(0)

    package init(limit: Int) { self.limit = limit }

    package var count: Int { current.load(ordering: .relaxed) }

    /// False if no further one is allowed.
    func enter() -> Bool {
        if current.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
        leave()
        return false
    }

    func leave() { current.wrappingSubtract(1, ordering: .relaxed) }
}
