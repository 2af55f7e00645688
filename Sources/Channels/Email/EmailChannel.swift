public import AlmanacRuntime
public import Logging
import Scheduling

/// Mails bookers, attendees and hosts about their appointments, with an invitation for their calendars (RFC 6047).
public struct EmailChannel: ConfiguredChannel {
    public let capabilities: ChannelCapabilities
    private let transport: SMTPTransport
    private let press: MailPress
    private let outage: MailOutage
    private let clock: any WallClock

    /// - Throws: `ConfigurationError` if mail cannot be sent from `mail.from`.
    public init(
        _ mail: EmailSettings, zones: ZoneDatabase, clock: any WallClock, logger: Logger
    ) throws(ConfigurationError) {
        let from: MailAddress
        do {
            from = try MailAddress(mail.from)
        } catch {
            throw ConfigurationError(errors: ["mail.from (ALMANAC_MAIL_FROM): \(error.reason)"])
        }
        capabilities = ChannelCapabilities(
            name: "email", events: Occasion.events, maxConcurrent: mail.connections,
            // Half of the connections stay free for other organizations. Fewer running mails also mean fewer repeats
            // after the process is killed.
            maxConcurrentPerOrganization: max(1, mail.connections / 2), timeoutSeconds: 30
        )
        transport = SMTPTransport(mail, hostname: from.domain, clock: clock)
        outage = MailOutage(logger: logger)
        self.clock = clock
        press = MailPress(from: from, fromName: mail.fromName, zones: zones, clock: clock)
        if mail.tls == .off, mail.username != nil {
            logger.warning("smtp.tls is off: the mail server's credentials are sent in plain text")
        }
    }

    public func targets(of notice: Notice) -> [String] {
        guard capabilities.events.contains(notice.type) else { return [] }
        return Audience(notice).readers.map(\.address)
    }

    public func deliver(_ envelope: Envelope) async -> DeliveryOutcome {
        let message: MailMessage
        do throws(Untold) {
            message = try press.message(for: envelope)
        } catch {
            return .rejected(reason: error.reason)
        }
        let outcome = await transport.send(
            message.bytes, from: message.from.address, to: message.to.address, deadline: envelope.deadline
        )
        outage.note(outcome, of: envelope.id, now: clock.now())
        return outcome
    }

    public func close() async { await close(within: .seconds(2)) }

    /// Takes no more mails, lets running ones end within `grace`, and closes the connections.
    public func close(within grace: Duration) async { await transport.close(within: grace) }
}
