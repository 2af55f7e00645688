import Scheduling

/// Who listens to which channel, and the requests sent on the one subscribing connection. Pure.
///
///     channel:   wanted ──ask──► asked ──subscribed──► heard ──nobody wants it, ask──► asked to stop
///                  ▲               │                     │
///                  └──── lost ─────┴─────────────────────┘
///     listener:  new ──its channel is heard──► told `connected` ──lost──► told `disconnected`
///
/// A listener gets messages from `connected` on. One thread delivers both, so they come in order.
struct PubSubState<Listener: Sendable>: Sendable {
    struct Request: Sendable, Hashable {
        @Exact private(set) var subscribe: [String]
        @Exact private(set) var unsubscribe: [String]
    }

    private struct Entry: Sendable {
        let listener: Listener
        var isConnected = false
    }

    private var listeners: [ExactText: [UInt64: Entry]] = [:]
    private var heard: Set<ExactText> = []
    /// The request that the server must confirm; one at a time.
    private var subscribing: Set<ExactText> = []
    private var unsubscribing: Set<ExactText> = []
    /// Listeners that joined a channel which was heard already, and do not know that yet.
    private var joined: [(channel: ExactText, id: UInt64)] = []
    private var isConnected = false
    private var lastID: UInt64 = 0

    // MARK: - Callers

    mutating func add(_ listener: Listener, to channel: String) -> UInt64 {
        let channel = channel.exact
        lastID += 1
        listeners[channel, default: [:]][lastID] = Entry(listener: listener)
        if heard.contains(channel) { joined.append((channel, lastID)) }
        return lastID
    }

    mutating func remove(_ id: UInt64, from channel: String) {
        let channel = channel.exact
        listeners[channel]?[id] = nil
        if listeners[channel]?.isEmpty == true { listeners[channel] = nil }
    }

    // MARK: - The thread

    mutating func connected() { isConnected = true }

    /// The next request to the server.
    mutating func ask() -> Request? {
        guard isConnected, subscribing.isEmpty, unsubscribing.isEmpty else { return nil }
        subscribing = Set(listeners.keys).subtracting(heard)
        unsubscribing = heard.subtracting(listeners.keys)
        guard !subscribing.isEmpty || !unsubscribing.isEmpty else { return nil }
        // A listener that joins during the UNSUBSCRIBE must ask again.
        heard.subtract(unsubscribing)
        return Request(subscribe: subscribing.sorted().map(\.text), unsubscribe: unsubscribing.sorted().map(\.text))
    }

    /// The server confirms a channel. Returns the listeners that hear it from now on; nil if it was not requested.
    mutating func subscribed(_ channel: String) -> [Listener]? {
        let channel = channel.exact
        guard subscribing.remove(channel) != nil else { return nil }
        heard.insert(channel)
        return (listeners[channel] ?? [:]).keys.sorted().compactMap { connect($0, channel) }
    }

    /// The server confirms the end of a channel. False if that was not requested.
    mutating func unsubscribed(_ channel: String) -> Bool { unsubscribing.remove(channel.exact) != nil }

    /// Listeners that joined a channel which was heard already.
    mutating func takeJoined() -> [Listener] {
        defer { joined = [] }
        return joined.compactMap { heard.contains($0.channel) ? connect($0.id, $0.channel) : nil }
    }

    /// The listeners that get a message.
    func listeners(of channel: String) -> [Listener] {
        let channel = channel.exact
        guard let entries = listeners[channel] else { return [] }
        return entries.values.compactMap { $0.isConnected ? $0.listener : nil }
    }

    /// The connection is lost. Returns the listeners that hear nothing any more.
    mutating func lost() -> [Listener] {
        isConnected = false
        (heard, subscribing, unsubscribing, joined) = ([], [], [], [])
        var deaf: [Listener] = []
        for (channel, entries) in listeners {
            for (id, entry) in entries where entry.isConnected {
                listeners[channel]?[id]?.isConnected = false
                deaf.append(entry.listener)
            }
        }
        return deaf
    }

    private mutating func connect(_ id: UInt64, _ channel: ExactText) -> Listener? {
        guard let entry = listeners[channel]?[id], !entry.isConnected else { return nil }
        listeners[channel]?[id]?.isConnected = true
        return entry.listener
    }
}
