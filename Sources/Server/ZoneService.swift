import AlmanacRuntime
import ServiceLifecycle
import TenantActors
import UnixSignals

/// Checks the time zone database when the server starts, at intervals, and at once on SIGHUP or when the node has
/// gained calendars.
struct ZoneService: Service {
    let upkeep: ZoneUpkeep
    let interval: Duration

    func run() async throws {
        let (calls, caller) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                caller.yield()
                group.addTask {
                    while (try? await Task.sleep(for: interval)) != nil { caller.yield() }
                    caller.finish()
                }
                group.addTask {
                    while !Task.isCancelled {
                        await upkeep.due.wait()
                        caller.yield()
                    }
                }
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { caller.yield() }
                }
                for await _ in calls { await upkeep.check() }
            }
        }
    }
}
