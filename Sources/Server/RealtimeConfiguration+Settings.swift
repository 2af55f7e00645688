import AlmanacRuntime
import Realtime

extension RealtimeConfiguration {
    /// The bounds from the configuration.
    init(_ settings: RealtimeSettings) {
        self.init()
        maxConnections = settings.maxConnections
        maxSubscriptions = settings.maxSubscriptions
        maxMessageBytes = settings.maxMessageBytes
        maxBufferedBytes = settings.maxBufferedBytes
        pingInterval = .seconds(settings.pingSeconds)
        // Two pings may stay unanswered while the answer to a third is on its way.
        idleTimeout = .seconds(settings.pingSeconds * 2 + settings.pingSeconds / 2 + 1)
        stallTimeout = .seconds(settings.stallSeconds)
    }
}
