internal import Synchronization

extension Directory {
    /// Residents that are in, on their way in, or on their way out. Never above the limit.
    public var count: Int { state.withLock { $0.places } }

    /// Every resident that serves calls, with its calls in flight, held pins included.
    public func residents() -> [(Key, callsInFlight: Int)] {
        state.withLock { $0.residents.map { ($0.key, callsInFlight: $0.callsInFlight) } }
    }

    /// Visits the resident of `key` if it is active; a cold key stays cold, and the visit does not count as a use.
    public nonisolated(nonsending) func visit(
        _ key: Key, _ body: nonisolated(nonsending) (Resident) async -> Void
    ) async {
        guard let call = state.withLock({ $0.visit(key) }) else { return }
        await body(call.resident)
        await leave(call.slot)
    }

    /// Visits every resident active now, each under a call in flight. Cold keys stay cold, residents that left
    /// meanwhile are skipped, and a visit does not count as a use.
    public nonisolated(nonsending) func forEachActive(
        _ body: nonisolated(nonsending) (Key, Resident) async -> Void
    ) async {
        for (key, _) in residents() {
            guard let call = state.withLock({ $0.visit(key) }) else { continue }
            await body(key, call.resident)
            await leave(call.slot)
        }
    }
}
