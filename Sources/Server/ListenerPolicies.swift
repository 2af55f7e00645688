import AlmanacRuntime
import HTTPTypes
import Logging
import NIOCore
import Realtime

/// The limits of the two listeners' connections, from the configuration.
struct ListenerPolicies: Sendable {
    /// For clients.
    let outer: ConnectionPolicy
    /// For other nodes: the same time limits, but no limit on connections, because each node speaks for all its
    /// clients.
    let inner: ConnectionPolicy
    let ledger: ConnectionLedger

    init(_ configuration: AlmanacConfiguration, logger: Logger, problem: @escaping ConnectionPolicy.Problem) {
        let settings = configuration.http
        var bounds = ConnectionLedger.Bounds()
        // The reserved connections come on top.
        let wanted = configuration.maxConnections + settings.reservedConnections
        let room = OpenFiles.makeRoom(forConnections: wanted)
        if room < wanted {
            logger.warning(
                "the limit on open files leaves room for fewer connections than http.max_connections (ulimit -n)",
                metadata: ["connections": "\(room)", "wanted": "\(wanted)"]
            )
        }
        bounds.total = max(1, room - settings.reservedConnections)
        bounds.perAddress = settings.maxConnectionsPerAddress
        bounds.reserve = settings.reservedConnections
        let proxies = settings.trustedProxies
        bounds.isTrusted = { address in proxies.contains { $0.contains(address) } }
        ledger = ConnectionLedger(bounds)
        outer = ConnectionPolicy(limits: settings.connections, ledger: ledger, problem: problem)
        var free = ConnectionLedger.Bounds()
        free.total = .max
        free.isTrusted = { _ in true }
        inner = ConnectionPolicy(limits: settings.connections, ledger: ConnectionLedger(free), problem: problem)
    }
}
