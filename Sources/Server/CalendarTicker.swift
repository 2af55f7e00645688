import AlmanacRuntime
import Logging
import Scheduling
import ServiceLifecycle
import TenantActors

/// Ends holds whose time is up in the calendars that are awake, so that their events do not wait for a booking, tells
/// watchers of slots that the clock takes away or brings, and lets calendars and organizations that nobody asks for go to
/// sleep.
struct CalendarTicker: Service {
    /// How late a hold's end, or a slot's, is told at most, about.
    static let interval: Duration = .seconds(1)
    /// After how many rounds calendars that are not in memory are looked through for holds whose time is up.
    static let sleepersEvery = 15
    /// How many calendars write at once: enough for them to share transactions.
    static let width = 64
    /// How long an actor stays in memory unused, in nanoseconds.
    static let idle: UInt64 = 15 * 60 * 1_000_000_000

    /// After how many bytes that calendars gave back the allocator is asked to give them back too.
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

    /// A hold ends in time although nobody asks for its calendar.
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
