import AlmanacChannels
import AlmanacRuntime
import Logging
import Scheduling

/// A mail channel and the server it talks to.
struct MailFixture {
    let server: ScriptedSMTPServer
    let channel: EmailChannel

    /// Runs `body` and closes both, whatever comes of it.
    static func run<T>(
        connections: Int = 1,
        script: @escaping @Sendable (ScriptedSMTPServer.Place) -> ScriptedSMTPServer.Step? = { _ in nil },
        _ body: (MailFixture) async throws -> T
    ) async throws -> T {
        let server = ScriptedSMTPServer(script: script)
        let channel = try EmailChannel(
            EmailSettings(
                host: "127.0.0.1", port: server.port, connections: connections, from: "bookings@almanac.test"
            ),
            zones: ZoneDatabase(), clock: ManualClock(NoticeFixture.now), logger: Logger(label: "test")
        )
        let fixture = MailFixture(server: server, channel: channel)
        let result: Result<T, any Error>
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        await channel.close(within: .zero)
        server.close()
        return try result.get()
    }

    func deliver(_ envelope: Envelope = NoticeFixture.envelope()) async -> DeliveryOutcome {
        await channel.deliver(envelope)
    }
}
