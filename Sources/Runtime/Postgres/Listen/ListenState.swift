/// Who listens to what, and what the one listening connection has been told. Pure.
///
///     wanted ──ask──► asked ──heard──► heard ──nobody wants it──► asked to stop
///        ▲              │                │
///        └──── lost ────┴────────────────┘
struct ListenState<Listener: Sendable>: Sendable {
    struct Request: Sendable, Hashable {
        let listen: [String]
        let unlisten: [String]

        var statements: [String] {
            unlisten.map { "UNLISTEN \(Self.quote($0))" } + listen.map { "LISTEN \(Self.quote($0))" }
        }

        private static func quote(_ name: String) -> String {
            "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
    }

    private var listeners: [String: [UInt64: Listener]] = [:]
    private var heard: Set<String> = []
    private var asked: Request?
    private var isConnected = false
    private var lastID: UInt64 = 0

    /// Whether the channel is heard already is the second answer: then the listener starts at once.
    mutating func add(_ listener: Listener, to channel: String) -> (id: UInt64, isHeard: Bool) {
        lastID += 1
        listeners[channel, default: [:]][lastID] = listener
        return (lastID, heard.contains(channel))
    }

    mutating func remove(_ id: UInt64, from channel: String) {
        listeners[channel]?[id] = nil
        if listeners[channel]?.isEmpty == true { listeners[channel] = nil }
    }

    func listeners(of channel: String) -> [Listener] { listeners[channel].map { Array($0.values) } ?? [] }

    var all: [Listener] { listeners.values.flatMap { $0.values } }

    mutating func connected() { isConnected = true }

    /// What the connection is to be asked now; one request at a time.
    mutating func ask() -> Request? {
        guard isConnected, asked == nil else { return nil }
        let wanted = Set(listeners.keys)
        let request = Request(listen: wanted.subtracting(heard).sorted(), unlisten: heard.subtracting(wanted).sorted())
        guard !request.listen.isEmpty || !request.unlisten.isEmpty else { return nil }
        asked = request
        // Someone who joins while it is being unlistened has to ask anew.
        heard.subtract(request.unlisten)
        return request
    }

    /// The request is done. Returns who is heard from now on.
    mutating func answered() -> [Listener] {
        guard let request = asked else { return [] }
        asked = nil
        heard.formUnion(request.listen)
        return request.listen.flatMap { listeners(of: $0) }
    }

    mutating func lost() {
        isConnected = false
        asked = nil
        heard = []
    }
}
