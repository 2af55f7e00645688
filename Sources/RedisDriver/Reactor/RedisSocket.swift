import Connecting
import Glibc

/// A connected socket that never blocks. Closed with its last reference.
final class RedisSocket: Sendable {
    let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    enum Outcome {
        case bytes(Int)
        /// Nothing more for now.
        case blocked
        case gone(String)
    }

    func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        outcome(recv(descriptor, buffer.baseAddress, buffer.count, 0), atEnd: "the server closed the connection")
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        // Without a signal: a vanishing server must not end this process.
        outcome(Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)), atEnd: nil)
    }

    private func outcome(_ count: Int, atEnd end: String?) -> Outcome {
        if count > 0 { return .bytes(count) }
        if count == 0 { return end.map { .gone($0) } ?? .blocked }
        switch errno {
        case EAGAIN, EINTR: return .blocked
        case let code: return .gone(Self.explain(code))
        }
    }

    static func explain(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }

    // MARK: - Connecting

    /// Connects and waits; tries every address of a name. The failure is that of the last address.
    static func connect(to place: RedisAddress.Place, within nanoseconds: UInt64) -> Result<RedisSocket, DialFailure> {
        let deadline = MonotonicTime.now() + nanoseconds
        switch place {
        case .socket(let path): return connect(path: path, deadline)
        case .host(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let status = getaddrinfo(host, String(port), &hints, &list)
            defer { if let list { freeaddrinfo(list) } }
            var failure = DialFailure(reason: gai_strerror(status).map { String(cString: $0) } ?? "no address")
            guard status == 0 else { return .failure(failure) }
            var next = list
            while let address = next?.pointee {
                switch connect(address.ai_family, address.ai_addr, address.ai_addrlen, deadline) {
                case .success(let socket): return .success(socket)
                case .failure(let error): failure = error
                }
                next = address.ai_next
            }
            return .failure(failure)
        }
    }

    private static func connect(path: String, _ deadline: UInt64) -> Result<RedisSocket, DialFailure> {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(AF_UNIX, $0, socklen_t(MemoryLayout<sockaddr_un>.size), deadline)
            }
        }
    }

    private static func connect(
        _ family: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t, _ deadline: UInt64
    ) -> Result<RedisSocket, DialFailure> {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(family, kind, 0)
        guard descriptor >= 0 else { return .failure(DialFailure(reason: explain(errno))) }
        let socket = RedisSocket(descriptor)
        if Glibc.connect(descriptor, address, length) != 0 {
            guard errno == EINPROGRESS else { return .failure(DialFailure(reason: explain(errno))) }
            var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let now = MonotonicTime.now()
            let left = now < deadline ? Int32(clamping: (deadline - now) / 1_000_000) : 0
            guard Glibc.poll(&poll, 1, left) == 1 else { return .failure(DialFailure(reason: "timeout")) }
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
            guard code == 0 else { return .failure(DialFailure(reason: explain(code))) }
        }
        if family != AF_UNIX {
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        return .success(socket)
    }
}

/// Why there is no connection, in the system's words.
struct DialFailure: Error, Sendable {
    let reason: String
}
