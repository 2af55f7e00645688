import Foundation
import Glibc
import Synchronization

@testable import AlmanacRuntime

/// Stands between a pool and the server, and misbehaves when told to. Blocking sockets, two threads for each connection.
final class TestProxy: Sendable {
    enum Mode: Sendable {
        /// Passes everything on.
        case open
        /// The server hears the client; its next answer is swallowed, and then both sides are cut.
        case cutAnswer
        /// The server hears the client; its answers are swallowed.
        case swallowAnswers
        /// The client's next bytes are swallowed, and then both sides are cut.
        case cutRequest
        /// Nothing is passed on in either direction; the sockets stay.
        case stall
        /// New connections are closed at once.
        case refuse
    }

    private struct State {
        var mode = Mode.open
        var pairs: [(client: Int32, server: Int32)] = []
        var connections = 0
    }

    private let listener: Int32
    private let server: Address
    let url: String
    private let state = Mutex(State())

    /// - Parameter url: the server to stand before.
    init(_ url: String) throws {
        server = try Address(url)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = bind(listener, generic, length)
                _ = listen(listener, 64)
                _ = getsockname(listener, generic, &length)
            }
            return UInt16(bigEndian: address.pointee.sin_port)
        }
        self.listener = listener
        self.url = Address.replacing(url, host: "127.0.0.1", port: Int(port))
        Thread { [self] in accept() }.start()
    }

    var mode: Mode {
        get { state.withLock { $0.mode } }
        set { state.withLock { $0.mode = newValue } }
    }

    /// Connections that were taken on so far.
    var connections: Int { state.withLock { $0.connections } }

    /// Cuts every connection.
    func cut() {
        let pairs = state.withLock { state in
            defer { state.pairs = [] }
            return state.pairs
        }
        for pair in pairs { Self.cut(pair.client, pair.server) }
    }

    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private static func cut(_ one: Int32, _ two: Int32) {
        // With a reset, as when a machine goes away.
        shutdown(one, Int32(SHUT_RDWR))
        shutdown(two, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if client < 0 { return _ = Glibc.close(listener) }
            let refuses = state.withLock { state in
                if case .refuse = state.mode { return true }
                return false
            }
            let upstream = refuses ? -1 : server.connect()
            guard upstream >= 0 else {
                _ = Glibc.close(client)
                continue
            }
            state.withLock { state in
                state.connections += 1
                state.pairs.append((client, upstream))
            }
            Thread { [self] in pump(client, upstream, isAnswer: false) }.start()
            Thread { [self] in pump(upstream, client, isAnswer: true) }.start()
        }
    }

    private func pump(_ source: Int32, _ sink: Int32, isAnswer: Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            if count <= 0 { break }
            // Nil: both sides are cut.
            let passes: Bool? = state.withLock { state in
                switch (state.mode, isAnswer) {
                case (.open, _), (.refuse, _), (.cutAnswer, false), (.cutRequest, true), (.swallowAnswers, false):
                    return true
                case (.stall, _), (.swallowAnswers, true): return false
                case (.cutAnswer, true), (.cutRequest, false):
                    state.mode = .open
                    return nil
                }
            }
            guard let passes else { break }
            if !passes { continue }
            var sent = 0
            while sent < count {
                let step = buffer.withUnsafeBytes {
                    send(sink, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                if step <= 0 { break }
                sent += step
            }
            if sent < count { break }
        }
        Self.cut(source, sink)
    }

    /// Where a server listens, as its URL says it.
    struct Address: Sendable {
        struct Unreadable: Error {}

        let host: String
        let port: Int

        init(_ url: String) throws {
            guard let parts = Self.split(url) else { throw Unreadable() }
            let (name, port) = Self.hostAndPort(parts.host)
            host = name.removingPercentEncoding ?? name
            self.port = port ?? 5_432
        }

        static func replacing(_ url: String, host: String, port: Int) -> String {
            guard let parts = split(url) else { return url }
            return parts.before + "\(host):\(port)" + parts.after
        }

        /// `postgres://user@` `host:port` `/database?options`
        private static func split(_ url: String) -> (before: String, host: String, after: String)? {
            guard let scheme = url.range(of: "://") else { return nil }
            let rest = url[scheme.upperBound...]
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            let start = rest[..<end].lastIndex(of: "@").map { rest.index(after: $0) } ?? rest.startIndex
            return (String(url[..<start]), String(rest[start..<end]), String(rest[end...]))
        }

        private static func hostAndPort(_ text: String) -> (String, Int?) {
            guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
            return (String(text[..<colon]), Int(text[text.index(after: colon)...]))
        }

        /// A connected socket, or −1.
        func connect() -> Int32 {
            if host.hasPrefix("/") {
                let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                let path = Array("\(host)/.s.PGSQL.\(port)".utf8)
                withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.prefix($0.count - 1)) }
                let length = socklen_t(MemoryLayout<sockaddr_un>.size)
                let result = withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, length) }
                }
                return result == 0 ? descriptor : -1
            }
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var found: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, String(port), &hints, &found) == 0, let found else { return -1 }
            defer { freeaddrinfo(found) }
            let info = found.pointee
            let descriptor = socket(info.ai_family, info.ai_socktype, 0)
            return Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 ? descriptor : -1
        }
    }
}
