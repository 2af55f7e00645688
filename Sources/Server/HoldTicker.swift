import AlmanacRuntime
import ServiceLifecycle
import TenantActors

/// Ends holds whose time is up in the calendars that are awake, so that their events do not wait for a booking.
struct HoldTicker: Service {
    /// How late a hold's end may be told, at most.
    static let interval: Duration = .seconds(1)

    let tenants: Tenants

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
                await tenants.calendars.forEachActive { _, calendar in await calendar.expireHolds() }
            }
        }
    }
}
