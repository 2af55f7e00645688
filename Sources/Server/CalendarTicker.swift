import AlmanacRuntime
import Logging
import Scheduling
import ServiceLifecycle
import TenantActors

/// Once a second, ends the expired holds of calendars in memory, so that their events do not wait for a booking, and
/// tells watchers which slots the clock removed or added. Also lets idle calendars and organizations leave memory.
struct CalendarTicker: Service {
    /// The events of an expired hold or slot come at most about this late.
    static let interval: Duration = .seconds(1)
    /// After this many rounds, the ticker searches for expired holds of calendars that are not in memory.
    static let sleepersEvery = 15
    /// How many calendars write at once: enough to share transactions.
    static let width = 64
    /// After this time without use, an actor leaves memory. In nanoseconds.
    static let idle: UInt64 = 15 * 60 * 1_000_000_000

    /// After calendars have freed this many bytes, the allocator returns memory to the system.
    static let trimAfter = 33_554_432

    let tenants: Tenants

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var ticks = 0
            var trimmed = tenants.services.memory.bytesEvicted
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
                await tick()
                ticks += 1
                if ticks % Self.sleepersEvery == 0 { await tickSleepers() }
                if ticks % 60 == 0 {
                    await tenants.calendars.passivateIdle(olderThan: Self.idle)
                    await tenants.organizations.passivateIdle(olderThan: Self.idle)
                    await tenants.replicas?.passivateIdle(olderThan: Self.idle)
                }
                let evicted = tenants.services.memory.bytesEvicted
                if evicted - trimmed > Self.trimAfter {
                    trimmed = evicted
                    ProcessMemory.trim()
                }
            }
        }
    }

    private func tick() async {
        let now = tenants.services.clock.now()
        await tick(await tenants.calendarsDue(now))
        await tenants.keepMemory()
    }

    /// Ends expired holds of calendars that are not in memory.
    private func tickSleepers() async {
        do {
            await tick(try await tenants.calendarsWithHoldsDue(tenants.services.clock.now()))
        } catch {
            tenants.services.logger.warning("holds cannot be looked through", metadata: ["cause": "\(error)"])
        }
    }

    private func tick(_ due: [CalendarKey]) async {
        await withDiscardingTaskGroup { group in
            let lanes = Self.width
            for lane in 0..<min(lanes, due.count) {
                group.addTask {
                    for index in stride(from: lane, to: due.count, by: lanes) { await tenants.tick(due[index]) }
                }
            }
        }
    }
}
