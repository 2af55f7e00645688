import ServiceLifecycle
import TenantActors

/// Has the recorder record each day within a few seconds after it ends.
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
