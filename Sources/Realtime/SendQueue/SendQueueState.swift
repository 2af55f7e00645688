import AlmanacRuntime
import NIOCore
import TenantActors

/// What waits to be written to one socket, and its subscriptions. Pure: it is told what happened and says what to do.
///
///     open ──close──► closing ──Close frame handed out──► closed
///       └──────────────finish (the connection is gone)──────▲
///
/// In `open` each subscription is in one of these states; see `SendQueueState+Feed.swift`:
///
///     live ──buffer full──► behind ──all written──► resynchronizing ──snapshot──► live
///       └─────────────────────┴───────ended───────────────┴──────► lost ──asked again──► live
struct SendQueueState {
    enum Phase: Equatable {
        case open
        case closing(Close)
        case closed
    }

    /// What the writer is to do next.
    enum Step: Sendable {
        case write([Outgoing])
        /// Writes the last of all: a Close frame is at the end.
        case writeLast([Outgoing])
        case resynchronize(FeedTicket, any FeedSubscription)
        case attend(Chore)
        case finish
    }

    let settings: RealtimeSettings
    private(set) var phase = Phase.open
    private var replies: [Outgoing] = []
    private var replyBytes = 0
    private var isPingWaiting = false
    var chores = CircularBuffer<Chore>()
    /// What was told and waits, each for a subscription that is there.
    var feed = CircularBuffer<(number: Int, message: FeedMessage)>()
    var feedBytes = 0
    var subscriptions: [Int: Subscription] = [:]
    var lastNumber = 0
    /// Subscriptions that let messages go by, the one that did so first in front.
    var behind: [Int] = []

    init(_ settings: RealtimeSettings = RealtimeSettings()) { self.settings = settings }

    // MARK: Answers and control frames

    /// Whether another command should be read: there is room for its answer, or it does not matter any more.
    var hasRoom: Bool {
        phase != .open || (replies.count < settings.maxReplies && replyBytes < settings.maxBufferedBytes)
    }

    mutating func send(_ reply: Outgoing) {
        guard phase == .open else { return }
        replies.append(reply)
        replyBytes += reply.cost
    }

    /// Asks the client whether it is there. One question at a time is enough.
    mutating func ping() {
        guard !isPingWaiting else { return }
        isPingWaiting = true
        send(.ping)
    }

    mutating func attend(to chore: Chore) {
        if phase == .open { chores.append(chore) }
    }

    // MARK: The end

    /// Begins to close. What was answered is still written, the feed is not. False if that was under way already.
    mutating func close(_ close: Close) -> Bool {
        guard phase == .open else { return false }
        phase = .closing(close)
        forgetFeed()
        return true
    }

    /// The connection is gone, or has said all it had to.
    mutating func finish() {
        phase = .closed
        replies = []
        replyBytes = 0
        forgetFeed()
    }

    private mutating func forgetFeed() {
        feed = CircularBuffer()
        feedBytes = 0
        chores = CircularBuffer()
        behind = []
    }

    // MARK: The writer

    /// Whether ``next()`` has something to say.
    var isReady: Bool {
        phase != .open || !replies.isEmpty || !feed.isEmpty || !chores.isEmpty
            || behind.contains { subscriptions[$0]?.live != nil }
    }

    /// What the writer is to do now; nil if there is nothing.
    mutating func next() -> Step? {
        switch phase {
        case .closed: return .finish
        case .closing(let close):
            let last = takeReplies() + [.close(close)]
            phase = .closed
            return .writeLast(last)
        case .open:
            if let chore = chores.popFirst() { return .attend(chore) }
            if !replies.isEmpty || !feed.isEmpty { return .write(takeReplies() + takeFeed()) }
            return nextBehind()
        }
    }

    private mutating func takeReplies() -> [Outgoing] {
        defer { (replies, replyBytes, isPingWaiting) = ([], 0, false) }
        return replies
    }

    private mutating func takeFeed() -> [Outgoing] {
        var taken: [Outgoing] = []
        var bytes = 0
        while bytes < settings.batchBytes, let (number, message) = feed.popFirst() {
            bytes += message.cost
            if let id = subscriptions[number]?.id { taken.append(.feed(message, id: id)) }
        }
        feedBytes -= bytes
        // A buffer that grew under load is not kept for a socket that is quiet again.
        if feed.isEmpty, feed.capacity > 64 { feed = CircularBuffer() }
        return taken
    }
}
