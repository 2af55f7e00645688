import AlmanacRuntime

/// Whether the hot store has what a calendar's owner has.
///
///                    ┌─ a change is sent ─┐
///                    ▼                    │
///     behind ──everything is sent──► current ──answered superseded──► over
///       ▲                                 │
///       └── answered behind or failed, ───┘
///           a change could not be sent
///
/// `current` means: once what was sent has arrived. The answer to what was sent before the last "everything" is old news.
struct HotMirrorState {
    enum Standing: Equatable {
        /// The store has something else, or nobody knows: everything is to be sent.
        case behind
        /// The store has this version, or will have.
        case current(HotVersion)
        /// Somebody newer writes: this owner has been replaced.
        case over
    }

    /// What there is to send.
    enum Wish {
        /// A change, or everything if the store is behind.
        case change
        /// The first of several changes of one step: everything is further than it says.
        case part
        case everything
    }

    /// What to send.
    enum Sending: Equatable {
        case change(base: HotVersion, number: Int)
        case everything(number: Int)
    }

    private(set) var standing: Standing
    /// How many writes were sent, and up to which one they have been answered.
    private(set) var sent = 0
    private(set) var answered = 0
    private var lastEverything = 0
    /// Not to try again before this: the store is in trouble.
    private var notBefore: UInt64 = 0

    /// After a failure, in nanoseconds: everything at once is much, and the store did not manage little.
    static let pause: UInt64 = 1_000_000_000

    init(_ shared: HotVersion?) { standing = shared.map { .current($0) } ?? .behind }

    /// Whether everything is to be sent, and may be now.
    func isDue(_ now: UInt64) -> Bool { standing == .behind && now >= notBefore && answered == sent }

    /// The calendar has come to a version; nil if nothing is to be sent about it.
    mutating func send(_ version: HotVersion, _ wish: Wish, now: UInt64) -> Sending? {
        switch standing {
        case .over: return nil
        case .current(let base) where wish != .everything:
            sent += 1
            standing = .current(version)
            return .change(base: base, number: sent)
        case .behind where now < notBefore || wish == .part: return nil
        case .behind, .current:
            sent += 1
            lastEverything = sent
            standing = .current(version)
            return .everything(number: sent)
        }
    }

    /// The store cannot be reached, so the calendar goes on without it.
    mutating func missed() {
        if standing != .over { standing = .behind }
    }

    mutating func answered(_ number: Int, _ outcome: HotWritten, now: UInt64) {
        answered = max(answered, number)
        switch outcome {
        case .written: break
        case .superseded: standing = .over
        case .behind:
            if number >= lastEverything, standing != .over { standing = .behind }
        case .failed:
            notBefore = now &+ Self.pause
            if number >= lastEverything, standing != .over { standing = .behind }
        }
    }
}
