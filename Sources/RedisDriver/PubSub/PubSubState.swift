import Scheduling

/// Who listens to which channel, and what the one subscribing connection has been told. Pure.
///
///     channel:   wanted ──ask──► asked ──subscribed──► heard ──nobody wants it, ask──► asked to stop
///                  ▲               │                     │
///                  └──── lost ─────┴─────────────────────┘
///     listener:  new ──its channel is heard──► told `connected` ──lost──► told `disconnected`
///
/// A listener gets messages from `connected` on; both are told by the one thread, so they come in order.
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
    /// What the server has yet to confirm; one request at a time.
    private var subscribing: Set<ExactText> = []
    private var unsubscribing: Set<ExactText> = []
    /// Joined channels that were heard already, and were not told so yet.
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

    /// What the server is to be asked now.
    mutating func ask() -> Request? {
        guard isConnected, subscribing.isEmpty, unsubscribing.isEmpty else { return nil }
        subscribing = Set(listeners.keys).subtracting(heard)
        unsubscribing = heard.subtracting(listeners.keys)
        guard !subscribing.isEmpty || !unsubscribing.isEmpty else { return nil }
        // Someone who joins while it is being unsubscribed has to ask anew.
        heard.subtract(unsubscribing)
        return Request(subscribe: subscribing.sorted().map(\.text), unsubscribe: unsubscribing.sorted().map(\.text))
    }

    /// The server confirms a channel. Returns who hears it from now on; nil if it was not asked for.
    mutating func subscribed(_ channel: String) -> [Listener]? {
        let channel = channel.exact
        guard subscribing.remove(channel) != nil else { return nil }
        heard.insert(channel)
        return (listeners[channel] ?? [:]).keys.sorted().compactMap { connect($0, channel) }
    }

    /// The server confirms that a channel is not heard any more. False if that was not asked for.
    mutating func unsubscribed(_ channel: String) -> Bool { unsubscribing.remove(channel.exact) != nil }

    /// Those that joined a channel which was heard already.
    mutating func takeJoined() -> [Listener] {
        defer { joined = [] }
        return joined.compactMap { heard.contains($0.channel) ? connect($0.id, $0.channel) : nil }
    }

    /// Who is to be told a message.
    func listeners(of channel: String) -> [Listener] {
        let channel = channel.exact
        guard let entries = listeners[channel] else { return [] }
        return entries.values.compactMap { $0.isConnected ? $0.listener : nil }
    }

    /// The connection is gone. Returns who hears nothing any more.
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
