public import AlmanacRuntime
public import Logging

/// A channel that exists if its settings are present. Only the channel knows its keys.
public protocol ConfiguredChannel: Channel {
    associatedtype Configuration: Settings

    /// - Throws: `ConfigurationError` if the settings contradict each other or cannot be used.
    init(
        _ settings: Configuration, zones: ZoneDatabase, clock: any WallClock, logger: Logger
    ) throws(ConfigurationError)
}
