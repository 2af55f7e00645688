import AlmanacChannels
import AlmanacRuntime
import Logging

/// The channels of an installation. A new one is a line here.
enum ChannelSet {
    static func make(
        _ configuration: AlmanacConfiguration, zones: ZoneDatabase, clock: any WallClock, logger: Logger
    ) throws(ConfigurationError) -> [any Channel] {
        guard let mail = configuration.mail else {
            guard configuration.logsMessages else { return [] }
            logger.notice("no mail is sent: smtp.url is not set, the log tells what would have been")
            return [LogChannel(logger: logger)]
        }
        return [try EmailChannel(mail: mail, zones: zones, clock: clock, logger: logger)]
    }
}
