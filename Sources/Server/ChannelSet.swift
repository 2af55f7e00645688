import AlmanacChannels
import AlmanacRuntime
import Logging

/// The channels of an installation. A new one is a line here.
enum ChannelSet {
    static func make(
        _ configuration: AlmanacConfiguration, zones: ZoneDatabase, clock: any WallClock, logger: Logger
    ) -> [any Channel] {
        []
    }
}
