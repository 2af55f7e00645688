import JSON
import AlmanacRuntime
import Foundation
import FoundationNetworking
import Glibc

extension Doctor {
    /// Checks whether `serve` could listen on its addresses, and whether other nodes can resolve this node's name.
    static func addresses(_ configuration: AlmanacConfiguration, _ examination: inout Examination) async {
        await listener("http", configuration.host, configuration.port, configuration, &examination)
        // The internal listener, if other nodes may run.
        guard case .postgres = configuration.database, configuration.redis.address != nil else { return }
        let nodes = configuration.nodes
        await listener("internal", nodes.internalHost, nodes.internalPort, configuration, &examination)
        guard let url = nodes.internalURL, let host = URLComponents(string: url)?.host else { return }
        if case .noAddress(let reason) = ListenTrial.resolve(host: host) {
            examination.problem(
                "internal.url", "\(host) has no address (\(reason)): other nodes will not find this one")
        }
    }

    private static func listener(
        _ section: String, _ host: String, _ port: Int, _ configuration: AlmanacConfiguration,
        _ examination: inout Examination
    ) async {
        let address = "\(host):\(port)"
        switch ListenTrial.run(host: host, port: port) {
        case .free: examination.ok("\(section).host, \(section).port", "\(address) can be listened on")
        case .refused(EADDRINUSE):
            if await isServed(configuration) {
                examination.note("\(section).port", "\(address) is taken, by a server of almanac that answers here")
            } else {
                examination.problem(
                    "\(section).port", "\(address) is taken by another program: stop it, or change \(section).port"
                )
            }
        case .refused(EADDRNOTAVAIL):
            examination.problem(
                "\(section).host", "\(host) is no address of this machine: change \(section).host (0.0.0.0 is all)"
            )
        case .refused(EACCES):
            examination.problem(
                "\(section).port", "\(address) needs a right that this user lacks: take a port above 1023")
        case .refused(let code):
            examination.problem("\(section).host", "\(address): \(String(cString: strerror(code))): change it")
        case .noAddress(let reason):
            examination.problem("\(section).host", "\(host) has no address (\(reason)): change \(section).host")
        }
    }

    /// Whether an Almanac server already answers at this configuration's address.
    private static func isServed(_ configuration: AlmanacConfiguration) async -> Bool {
        let host = ["0.0.0.0", "::"].contains(configuration.host) ? "127.0.0.1" : configuration.host
        let name = host.contains(":") ? "[\(host)]" : host
        guard let url = URL(string: "http://\(name):\(configuration.port)/health/live") else { return false }
        var request = URLRequest(url: url)
        request.timeoutInterval = 3
        guard let (data, _) = try? await URLSession.shared.data(for: request) else { return false }
        return (try? JSON.parse(data))?["status"]?.string == "ok"
    }
}

/// Binds an address as a server would, and frees it again. Blocks while it looks up names.
enum ListenTrial {
    case free
    /// The system's error number.
    case refused(Int32)
    /// The host has no address; the text says why.
    case noAddress(String)

    static func run(host: String, port: Int) -> ListenTrial {
        with(host: host, port: port) { address in
            let socket = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
            guard socket >= 0 else { return .refused(errno) }
            defer { close(socket) }
            // The server sets this too: connections that were closed recently do not block the port.
            var yes: Int32 = 1
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            guard bind(socket, address.ai_addr, address.ai_addrlen) == 0, listen(socket, 1) == 0 else {
                return .refused(errno)
            }
            return .free
        }
    }

    /// Checks only that a name has an address.
    static func resolve(host: String) -> ListenTrial { with(host: host, port: 0) { _ in .free } }

    private static func with(host: String, port: Int, _ body: (addrinfo) -> ListenTrial) -> ListenTrial {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard code == 0, let found else { return .noAddress(String(cString: gai_strerror(code))) }
        return body(found.pointee)
    }
}
