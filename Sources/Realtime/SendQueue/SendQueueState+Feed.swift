import AlmanacRuntime
import NIOCore
import TenantActors

/// One attempt of one subscription: what comes from an earlier attempt is not for the client any more.
struct FeedTicket: Hashable, Sendable {
    let number: Int
    let attempt: Int
}

extension SendQueueState {
    /// One of the client's subscriptions.
    struct Subscription {
        enum State {
            /// Is told everything.
            case live
            /// Let messages go by: nothing is passed on but a snapshot.
            case behind
            /// The same, and the snapshot was asked for.
            case resynchronizing
            /// The actor went away; another is being asked.
            case lost
        }

        /// As the client calls it, as a JSON string.
        let id: [UInt8]
        let query: FeedQuery
        var attempt = 0
        var state = State.live
        /// Nil until the actor has answered.
        var live: (any FeedSubscription)?
    }

    enum Admission: Equatable {
        case admitted(FeedTicket)
        case isTaken
        case isFull
        case isClosed
    }

    // MARK: Coming and going

    mutating func subscribe(id: [UInt8], _ query: FeedQuery) -> Admission {
        guard phase == .open else { return .isClosed }
        guard !subscriptions.values.contains(where: { $0.id == id }) else { return .isTaken }
        guard subscriptions.count < settings.maxSubscriptions else { return .isFull }
        lastNumber += 1
        subscriptions[lastNumber] = Subscription(id: id, query: query)
        return .admitted(FeedTicket(number: lastNumber, attempt: 0))
    }

    /// The actor has answered. False if nobody wants it any more: then it is the caller's to give back.
    mutating func attach(_ live: any FeedSubscription, to ticket: FeedTicket) -> Bool {
        guard phase == .open, let state = state(of: ticket), state != .lost else { return false }
        subscriptions[ticket.number]?.live = live
        return true
    }

    /// The actor has refused. False if nobody asks any more.
    mutating func drop(_ ticket: FeedTicket) -> Bool {
        guard phase == .open, state(of: ticket) != nil else { return false }
        _ = remove(ticket.number)
        return true
    }

    /// Ends a subscription; nothing of it is written from now on. Nil if there is none of that name, otherwise its
    /// live subscription, if it has one, to be given back.
    mutating func unsubscribe(id: [UInt8]) -> (live: (any FeedSubscription)?, found: Bool) {
        guard let number = subscriptions.first(where: { $0.value.id == id })?.key else { return (nil, false) }
        return (remove(number), true)
    }

    private mutating func remove(_ number: Int) -> (any FeedSubscription)? {
        behind.removeAll { $0 == number }
        feed.removeAll { $0.number == number }
        feedBytes = feed.reduce(0) { $0 + $1.message.cost }
        return subscriptions.removeValue(forKey: number)?.live
    }

    /// All that is subscribed, to be given back at the end.
    mutating func takeLive() -> [any FeedSubscription] {
        let subscribed = subscriptions.values.compactMap(\.live)
        subscriptions = [:]
        return subscribed
    }

    // MARK: What the actor tells

    /// Takes a message of the feed. Answers how many were dropped to make an end of the waiting.
    mutating func receive(_ message: FeedMessage, for ticket: FeedTicket) -> Int {
        guard phase == .open, let state = state(of: ticket) else { return 0 }
        switch message.kind {
        case .ended:
            lose(ticket)
            return 0
        case .slots, .appointment: guard state == .live else { return 1 }
        case .snapshot: guard state != .lost else { return 0 }
        }
        guard feedBytes < settings.maxBufferedBytes, feed.count < settings.maxBufferedMessages else {
            return overflow(ticket.number)
        }
        // A snapshot says everything: whoever was behind is not any more.
        if state != .live {
            subscriptions[ticket.number]?.state = .live
            behind.removeAll { $0 == ticket.number }
        }
        feed.append((ticket.number, message))
        feedBytes += message.cost
        return 0
    }

    /// The reader is too slow: what waits is stale, a snapshot will say it shorter.
    private mutating func overflow(_ number: Int) -> Int {
        let dropped = feed.count + 1
        for (waiting, _) in feed { fallBehind(waiting) }
        fallBehind(number)
        feed = CircularBuffer()
        feedBytes = 0
        return dropped
    }

    private mutating func fallBehind(_ number: Int) {
        switch subscriptions[number]?.state {
        case .live, .resynchronizing:
            subscriptions[number]?.state = .behind
            behind.append(number)
        case .behind, .lost, nil: break
        }
    }

    // MARK: Resynchronizing

    /// One subscription at a time, so that its snapshot finds room.
    mutating func nextBehind() -> Step? {
        guard let index = behind.firstIndex(where: { subscriptions[$0]?.live != nil }) else { return nil }
        let number = behind.remove(at: index)
        guard let subscription = subscriptions[number], let live = subscription.live else { return nil }
        subscriptions[number]?.state = .resynchronizing
        return .resynchronize(FeedTicket(number: number, attempt: subscription.attempt), live)
    }

    /// The actor says that it has sent the snapshot, or that it is no more. Without a snapshot another has to be asked.
    mutating func resynchronized(_ ticket: FeedTicket, isSent: Bool) {
        guard phase == .open else { return }
        switch state(of: ticket) {
        case .resynchronizing: lose(ticket)
        case .live, .behind: if !isSent { lose(ticket) }
        case .lost, nil: break
        }
    }

    // MARK: Subscribing again

    private mutating func lose(_ ticket: FeedTicket) {
        guard let state = state(of: ticket), state != .lost else { return }
        behind.removeAll { $0 == ticket.number }
        subscriptions[ticket.number]?.state = .lost
        let live = subscriptions[ticket.number]?.live.take()
        chores.append(.resubscribe(number: ticket.number, was: live ?? nil))
    }

    /// An attempt to have a lost subscription back has failed.
    mutating func missed(_ ticket: FeedTicket) {
        if state(of: ticket) != nil { subscriptions[ticket.number]?.state = .lost }
    }

    /// A new attempt of a lost subscription; nil if it is not lost, or the client wants it no more.
    ///
    /// It asks for a snapshot: a fresh actor does not know what the clock took away since the last one was asked.
    mutating func renew(_ number: Int) -> (ticket: FeedTicket, query: FeedQuery)? {
        guard phase == .open, let subscription = subscriptions[number], subscription.state == .lost else {
            return nil
        }
        let ticket = FeedTicket(number: number, attempt: subscription.attempt + 1)
        subscriptions[number]?.attempt = ticket.attempt
        subscriptions[number]?.state = .live
        var query = subscription.query
        query.afterSeq = nil
        return (ticket, query)
    }

    private func state(of ticket: FeedTicket) -> Subscription.State? {
        guard let subscription = subscriptions[ticket.number], subscription.attempt == ticket.attempt else {
            return nil
        }
        return subscription.state
    }
}
