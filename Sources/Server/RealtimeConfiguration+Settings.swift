import AlmanacRuntime
import Realtime

extension RealtimeConfiguration {
    /// The bounds as the installation has set them.
    init(_ settings: RealtimeSettings) {
        self.init()
        maxConnections = settings.maxConnections
        maxSubscriptions = settings.maxSubscriptions
        maxMessageBytes = settings.maxMessageBytes
        maxBufferedBytes = settings.maxBufferedBytes
        pingInterval = .seconds(settings.pingSeconds)
        // Two pings may go unanswered, and the answer to the next be on its way.
        idleTimeout = .seconds(settings.pingSeconds * 2 + settings.pingSeconds / 2 + 1)
        stallTimeout = .seconds(settings.stallSeconds)
    }
}
