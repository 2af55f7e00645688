import Foundation
import Glibc
import Synchronization

/// A mail server on a port of its own that does what a test tells it to: one thread for each connection, no timers.
final class ScriptedSMTPServer: Sendable {
    /// What to do instead of the usual answer to a command.
    enum Step: Sendable {
        case reply(String)
        /// Say nothing until the client goes away.
        case hang
        case drop
        /// Answer, then close the connection.
        case replyAndDrop(String)
    }

    struct Mail: Sendable {
        let connection: Int
        let from: String
        let to: String
        /// With CRLF, without the stuffed dots.
        let message: String
    }

    /// Where a script is asked: the command's name, `GREETING`, or `END` after the message's last line.
    struct Place: Sendable {
        let command: String
        let line: String
        /// Counted from 1.
        let connection: Int
        /// How often this command came on this connection, this one included.
        let count: Int
    }

    private struct State {
        var mails: [Mail] = []
        var connections = 0
        var lines: [String] = []
        var sockets: [Int32] = []
        var isClosed = false
    }

    let port: Int
    private let listener: Int32
    private let script: @Sendable (Place) -> Step?
    private let state = Mutex(State())

    /// - Parameter script: nil for the usual answer.
    init(script: @escaping @Sendable (Place) -> Step? = { _ in nil }) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(listener, address, size) == 0, "cannot bind")
                precondition(listen(listener, 64) == 0, "cannot listen")
                getsockname(listener, address, &size)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        self.script = script
        Thread { [self] in accept() }.start()
    }

    var mails: [Mail] { state.withLock { $0.mails } }
    var connections: Int { state.withLock { $0.connections } }
    /// Every command line that was received.
    var commands: [String] { state.withLock { $0.lines } }

    func close() {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            // Under the lock: a number that was closed may be another test's socket by now.
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
            shutdown(listener, Int32(SHUT_RDWR))
        }
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if client < 0, errno == EINTR { continue }
            guard client >= 0 else { break }
            let number: Int? = state.withLock { state in
                guard !state.isClosed else { return nil }
                state.connections += 1
                state.sockets.append(client)
                return state.connections
            }
            guard let number else {
                Glibc.close(client)
                break
            }
            Thread { [self] in
                Session(server: self, socket: client, number: number).run()
                state.withLock { $0.sockets.removeAll { $0 == client } }
                Glibc.close(client)
            }.start()
        }
        Glibc.close(listener)
    }

    private final class Session {
        let server: ScriptedSMTPServer
        let socket: Int32
        let number: Int
        var counts: [String: Int] = [:]
        var buffer: [UInt8] = []
        var from = ""
        var to = ""
        var lastReply = ""

        init(server: ScriptedSMTPServer, socket: Int32, number: Int) {
            self.server = server
            self.socket = socket
            self.number = number
        }

        func run() {
            guard answer("GREETING", "", usual: "220 test ESMTP") else { return }
            while let line = line() {
                server.state.withLock { $0.lines.append(line) }
                let command = String(line.prefix { $0 != " " }).uppercased()
                switch command {
                case "EHLO":
                    guard answer(command, line, usual: "250-test\r\n250-8BITMIME\r\n250 SIZE 10000000") else { return }
                case "MAIL":
                    from = Self.path(line)
                    guard answer(command, line, usual: "250 ok") else { return }
                case "RCPT":
                    to = Self.path(line)
                    guard answer(command, line, usual: "250 ok") else { return }
                case "DATA":
                    guard answer(command, line, usual: "354 go on") else { return }
                    guard lastReply.hasPrefix("354") else { continue }
                    guard let message = message() else { return }
                    let mail = Mail(connection: number, from: from, to: to, message: message)
                    server.state.withLock { $0.mails.append(mail) }
                    guard answer("END", "", usual: "250 taken") else { return }
                case "QUIT":
                    _ = answer(command, line, usual: "221 bye")
                    return
                default:
                    guard answer(command, line, usual: "250 ok") else { return }
                }
            }
        }

        /// False if the connection is over.
        private func answer(_ command: String, _ line: String, usual: String) -> Bool {
            counts[command, default: 0] += 1
            let place = Place(command: command, line: line, connection: number, count: counts[command] ?? 0)
            switch server.script(place) {
            case nil: return write(usual)
            case .reply(let text): return write(text)
            case .replyAndDrop(let text):
                _ = write(text)
                return false
            case .drop: return false
            case .hang:
                while self.line() != nil {}
                return false
            }
        }

        private func write(_ text: String) -> Bool {
            lastReply = text
            let bytes = Array((text + "\r\n").utf8)
            return send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        }

        private func line() -> String? {
            while true {
                if let end = buffer.firstIndex(of: 0x0A) {
                    let line = String(decoding: buffer[..<end], as: UTF8.self)
                    buffer.removeFirst(end + 1)
                    return line.hasSuffix("\r") ? String(line.dropLast()) : line
                }
                var bytes = [UInt8](repeating: 0, count: 65_536)
                let count = recv(socket, &bytes, bytes.count, 0)
                guard count > 0 else { return nil }
                buffer += bytes[..<count]
            }
        }

        private func message() -> String? {
            var lines: [String] = []
            while let line = line() {
                if line == "." { return lines.map { $0 + "\r\n" }.joined() }
                lines.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
            }
            return nil
        }

        private static func path(_ line: String) -> String {
            guard let start = line.firstIndex(of: "<"), let end = line.lastIndex(of: ">") else { return "" }
            return String(line[line.index(after: start)..<end])
        }
    }
}
