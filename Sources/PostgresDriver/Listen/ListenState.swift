import Scheduling

/// Who listens to what, and the requests sent on the one listening connection. Pure.
///
///     wanted ──ask──► asked ──heard──► heard ──nobody wants it──► asked to stop
///        ▲              │                │
///        └──── lost ────┴────────────────┘
struct ListenState<Listener: Sendable>: Sendable {
    struct Request: Sendable, Hashable {
        @Exact private(set) var listen: [String]
        @Exact private(set) var unlisten: [String]

        var statements: [String] {
            unlisten.map { "UNLISTEN \(Self.quote($0))" } + listen.map { "LISTEN \(Self.quote($0))" }
        }

        private static func quote(_ name: String) -> String {
            "\""
                + name.exact.split(separator: "\"", omittingEmptySubsequences: false).map(\.text).joined(
                    separator: "\"\"") + "\""
        }
    }

    private var listeners: [ExactText: [UInt64: Listener]] = [:]
    private var heard: Set<ExactText> = []
    private var asked: Request?
    private var isConnected = false
    private var lastID: UInt64 = 0

    /// The second result: whether the channel is heard already, so that the listener starts at once.
    mutating func add(_ listener: Listener, to channel: String) -> (id: UInt64, isHeard: Bool) {
        let channel = channel.exact
        lastID += 1
        listeners[channel, default: [:]][lastID] = listener
        return (lastID, heard.contains(channel))
    }

    mutating func remove(_ id: UInt64, from channel: String) {
        let channel = channel.exact
        listeners[channel]?[id] = nil
        if listeners[channel]?.isEmpty == true { listeners[channel] = nil }
    }

    func listeners(of channel: String) -> [Listener] { listeners[channel.exact].map { Array($0.values) } ?? [] }

    var all: [Listener] { listeners.values.flatMap { $0.values } }

    mutating func connected() { isConnected = true }

    /// The next request for the connection; one at a time.
    mutating func ask() -> Request? {
        guard isConnected, asked == nil else { return nil }
        let wanted = Set(listeners.keys)
        let request = Request(
            listen: wanted.subtracting(heard).sorted().map(\.text),
            unlisten: heard.subtracting(wanted).sorted().map(\.text)
        )
        guard !request.listen.isEmpty || !request.unlisten.isEmpty else { return nil }
        asked = request
        // A listener that joins during the UNLISTEN must ask again.
        heard.subtract(request.unlisten.map(\.exact))
        return request
    }

    /// The request is done. Returns the listeners that hear from now on.
    mutating func answered() -> [Listener] {
        guard let request = asked else { return [] }
        asked = nil
        heard.formUnion(request.listen.map(\.exact))
        return request.listen.flatMap { listeners(of: $0) }
    }

    mutating func lost() {
        isConnected = false
        asked = nil
        heard = []
    }
}
