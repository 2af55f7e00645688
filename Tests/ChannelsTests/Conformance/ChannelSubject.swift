import AlmanacChannels
import AlmanacRuntime
import Logging
import Scheduling
import Testing

/// A channel under the conformance suite, with whatever it delivers to.
struct ChannelSubject: Sendable, CustomTestStringConvertible {
    /// What the far side does; a channel without one always finds it well.
    enum FarSide: Sendable {
        case works
        /// Takes the first attempt's connection and says nothing more.
        case hangs
        /// Refuses, with the receiver's address in its words.
        case refuses
        /// Fails the first attempt, then works.
        case failsOnce
    }

    struct Opened: Sendable {
        let channel: any Channel
        /// The delivery ids that reached the far side, in order.
        let received: @Sendable () -> [String]
        let close: @Sendable () async -> Void
    }

    let testDescription: String
    /// Opens the channel on a clock that stands at `NoticeFixture.now`.
    let open: @Sendable (FarSide) throws -> Opened

    /// Every channel there is: a new one is added here.
    static let all = [email, log]

    static let email = ChannelSubject(testDescription: "email") { farSide in
        let server = ScriptedSMTPServer { place in
            guard place.command == "RCPT" else { return nil }
            switch farSide {
            case .works: return nil
            case .hangs: return .hang
            case .refuses: return .reply("550 5.1.1 \(place.line.dropFirst(8)): no such user")
            case .failsOnce: return place.connection == 1 ? .reply("451 \(place.line.dropFirst(8)): later") : nil
            }
        }
        let channel = try EmailChannel(
            EmailSettings(
                host: "127.0.0.1", port: server.port, connections: 4, from: "bookings@almanac.test"),
            zones: ZoneDatabase(), clock: ManualClock(NoticeFixture.now), logger: Logger(label: "test")
        )
        return Opened(
            channel: channel,
            received: { server.mails.compactMap { ParsedMail($0.message)["x-almanac-delivery"] } },
            close: {
                await channel.close(within: .zero)
                server.close()
            }
        )
    }

    static let log = ChannelSubject(testDescription: "log") { _ in
        let log = RecordedLog()
        return Opened(
            channel: LogChannel(logger: log.logger), received: { log.lines.compactMap { $0.metadata["delivery"] } },
            close: {}
        )
    }
}
