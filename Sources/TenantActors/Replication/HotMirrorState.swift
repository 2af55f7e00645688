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
/// `current` holds as soon as the writes so far have arrived. The answer to a write before the last "everything" no
/// longer matters.
struct HotMirrorState {
    enum Standing: Equatable {
        /// The store has something else, or it is uncertain: everything must be sent.
        case behind
        /// The store has this version, or will have it.
        case current(HotVersion)
        /// A newer owner writes: this one has been replaced.
        case over
    }

    /// What the owner wants to send.
    enum Wish {
        /// A change, or everything if the store is behind.
        case change
        /// The first of several changes of one step. It cannot be replaced by everything, which would be newer than its
        /// version.
        case part
        case everything
    }

    /// What the owner must send.
    enum Sending: Equatable {
        case change(base: HotVersion, number: Int)
        case everything(number: Int)
    }

    private(set) var standing: Standing
    /// How many writes were sent, and the last one that was answered.
    private(set) var sent = 0
    private(set) var answered = 0
    private var lastEverything = 0
    /// No attempt before this time, because the store has failed.
    private var notBefore: UInt64 = 0

    /// The pause after a failure, in nanoseconds. Sending everything is much work for a store that just failed.
    static let pause: UInt64 = 1_000_000_000

    init(_ shared: HotVersion?) { standing = shared.map { .current($0) } ?? .behind }

    /// Whether everything must be sent, and may be sent now.
    func isDue(_ now: UInt64) -> Bool { standing == .behind && now >= notBefore && answered == sent }

    /// Notes that the calendar has reached a version. Returns what to send; nil if nothing.
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

    /// Notes that the store is unreachable. The calendar continues without it.
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
