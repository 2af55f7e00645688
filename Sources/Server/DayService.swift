import ServiceLifecycle
import TenantActors

/// Has days recorded as they end, within a few seconds.
struct DayService: Service {
    static let interval: Duration = .seconds(2)

    let recorder: DayRecorder

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await Task.sleep(for: Self.interval) } catch { return }
                await recorder.round()
            }
        }
    }
}
