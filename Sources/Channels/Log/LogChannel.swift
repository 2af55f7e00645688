public import Logging

/// Replaces e-mail if no mail server is configured: logs the messages that are not sent.
public struct LogChannel: Channel {
    public let capabilities = ChannelCapabilities(
        name: "log", events: Occasion.events, maxConcurrent: 8, maxConcurrentPerOrganization: 8, timeoutSeconds: 5
    )
    private let logger: Logger

    public init(logger: Logger) { self.logger = logger }

    public func targets(of notice: Notice) -> [String] {
        capabilities.events.contains(notice.type) ? ["log"] : []
    }

    public func deliver(_ envelope: Envelope) async -> DeliveryOutcome {
        let notice = envelope.notice
        logger.notice(
            "no mail was sent: smtp.url is not set",
            metadata: [
                "delivery": "\(envelope.id)", "event": "\(notice.type)", "appointment": "\(notice.subjectID)",
                "people": "\(Audience(notice).readers.count)",
            ]
        )
        return .delivered
    }
}
