internal import Synchronization

extension Directory {
    /// Keeps a resident in memory: counts as a call in flight until released or dropped. It does not expose the
    /// resident; `with` runs a call on it. An eviction or a drain overrides it.
    public struct Pin: ~Copyable, Sendable {
        public let key: Key
        let directory: Directory
        let slot: Int
        let epoch: UInt64

        /// Runs `body` with the pinned resident.
        /// - Throws: `DirectoryError` (`revoked`) when the pin was overridden, or what `body` threw.
        public nonisolated(nonsending) borrowing func with<R: Sendable>(
            _ body: nonisolated(nonsending) (Resident) async throws -> R
        ) async throws -> R {
            guard let call = directory.state.withLock({ [slot, epoch] in $0.enter(pinned: slot, epoch: epoch) }) else {
                throw DirectoryError(.revoked, directory: directory.name)
            }
            return try await directory.run(call, body)
        }

        /// Releases the pin. Dropping it does the same.
        public consuming func release() {}

        deinit {
            let now = directory.now()
            directory.state.withLock { $0.unpin(slot, epoch: epoch, now: now) }
        }
    }

    /// Takes a pin on the resident of `key`, activating it first when it is cold.
    /// - Throws: `DirectoryError`, or what the activation threw.
    public nonisolated(nonsending) func pin(_ key: Key) async throws -> Pin {
        while true {
            let call = try await admit(key, state.withLock { $0.enter(key) })
            let pinning = state.withLock { $0.pin(call.slot) }
            if case .pinned(let epoch) = pinning {
                return Pin(key: key, directory: self, slot: call.slot, epoch: epoch)
            }
            await leave(call.slot)
            if case .refuse(let code) = pinning { throw DirectoryError(code, directory: name) }
        }
    }
}
