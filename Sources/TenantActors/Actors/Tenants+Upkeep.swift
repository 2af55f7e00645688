import AlmanacRuntime
import Logging
import Scheduling

extension Tenants {
    /// How many calendars upkeep visits at once: few, so that it does not displace requests.
    private static let width = 8

    /// Visits some of this node's calendars, a few at a time. Returns how many could not be visited now.
    func tend(
        _ keys: [CalendarKey], _ body: @escaping @Sendable (CalendarActor) async throws(CommandError) -> Void
    ) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for lane in 0..<min(Self.width, keys.count) {
                group.addTask {
                    var failures = 0
                    for index in stride(from: lane, to: keys.count, by: Self.width) {
                        if await !self.tend(keys[index], body) { failures += 1 }
                    }
                    return failures
                }
            }
            return await group.reduce(0, +)
        }
    }

    /// Visits one calendar. A calendar that was not in memory leaves it again, so that upkeep does not load all
    /// calendars at once.
    private func tend(
        _ key: CalendarKey, _ body: @Sendable (CalendarActor) async throws(CommandError) -> Void
    ) async -> Bool {
        guard services.ownership.tenure(of: key.organization) != nil else { return true }
        var wasAwake = false
        await calendars.visit(key) { _ in wasAwake = true }
        var isDone = false
        do throws(CommandError) {
            try await reach(key, of: key.organization, in: calendars, body)
            isDone = true
        } catch {
            services.logger.debug(
                "a calendar cannot be tended", metadata: ["calendar": "\(key.calendar)", "cause": "\(error)"])
        }
        if !wasAwake { await calendars.evict(key) }
        return isDone
    }
}
