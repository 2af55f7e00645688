public import AlmanacRuntime
public import Logging

/// A channel that its settings switch on. It owns their keys: nothing else knows them.
public protocol ConfiguredChannel: Channel {
    associatedtype Configuration: Settings

    /// - Throws: `ConfigurationError` for what is wrong with settings that are right each by itself.
    init(
        _ settings: Configuration, zones: ZoneDatabase, clock: any WallClock, logger: Logger
    ) throws(ConfigurationError)
}
