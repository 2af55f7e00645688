import AlmanacChannels
public import AlmanacRuntime
import Logging

/// The channels that an installation can have.
public enum ChannelSet {
    /// Add a new channel here.
    private static let all: [any ConfiguredChannel.Type] = [
        EmailChannel.self
    ]

    /// The settings of all channels.
    public static let settings: [any Settings.Type] = all.map { settings(of: $0) }

    /// The channels that the configuration switches on.
    static func make(
        _ configuration: AlmanacConfiguration, zones: ZoneDatabase, clock: any WallClock, logger: Logger
    ) throws(ConfigurationError) -> [any Channel] {
        func open<One: ConfiguredChannel>(_ channel: One.Type) throws(ConfigurationError) -> (any Channel)? {
            guard let settings = configuration.settings(One.Configuration.self) else { return nil }
            return try One(settings, zones: zones, clock: clock, logger: logger)
        }
        var channels: [any Channel] = []
        for channel in all { if let opened = try open(channel) { channels.append(opened) } }
        guard configuration.logsMessages, !channels.contains(where: { $0 is EmailChannel }) else { return channels }
        logger.notice("no mail is sent: smtp.url is not set, the log tells what would have been")
        return channels + [LogChannel(logger: logger)]
    }

    private static func settings<One: ConfiguredChannel>(of channel: One.Type) -> any Settings.Type {
        One.Configuration.self
    }
}
