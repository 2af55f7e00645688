import AlmanacRuntime
import Scheduling
import Synchronization

/// Writes one calendar through to the hot store: a shell around ``HotMirrorState``. The calendar's actor sends; a
/// thread of the store delivers the answers.
final class HotMirror: Sendable {
    private struct State {
        var mirror: HotMirrorState
        /// How many changes were sent since the whole calendar was. The store appends them.
        var changes = 0
        var waiting: [(number: Int, wait: HotWait)] = []
    }

    /// When the changes exceed the entries by this number, the whole calendar is written again. That also removes
    /// appointments long past.
    static let maxChanges = 256
    /// How many bytes of changes one message may have. A single change may be larger.
    static let maxMessage = 131_072

    private let hot: HotState
    private let key: String
    private let state: Mutex<State>

    init(_ hot: HotState, _ calendar: CalendarKey, shared: HotVersion?) {
        self.hot = hot
        key = HotCalendar.key(calendar)
        state = Mutex(State(mirror: HotMirrorState(shared)))
    }

    /// The latest end of a wait that begins now.
    func deadline() -> UInt64 { hot.deadline() }

    /// Whether the whole calendar must be written again, and can be.
    var isDue: Bool { hot.store.isReachable && state.withLock { $0.mirror.isDue(hot.monotonic()) } }

    /// Sends the changes of one step of the calendar's actor.
    ///
    /// - Parameter live: how many entries the calendar has now.
    func share(
        _ steps: [HotStep], from base: Int64, epoch: Int64, live: Int,
        everything: () -> [(field: String, value: [UInt8])]
    ) {
        var base = base
        var rest = steps[...]
        while !rest.isEmpty {
            var (size, count) = (0, 0)
            while count < rest.count, count == 0 || size + rest[rest.startIndex + count].size <= Self.maxMessage {
                size += rest[rest.startIndex + count].size
                count += 1
            }
            let part = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            guard let seq = part.last?.seq else { return }
            var wish = HotMirrorState.Wish.part
            if rest.isEmpty { wish = state.withLock { $0.changes >= live + Self.maxChanges } ? .everything : .change }
            send(
                HotVersion(epoch: epoch, seq: seq), HotChanges(base: base, steps: part), wish, everything: everything
            )
            base = seq
        }
    }

    /// Sends the whole calendar.
    func shareEverything(_ version: HotVersion, _ everything: () -> [(field: String, value: [UInt8])]) {
        send(version, HotChanges(base: version.seq, steps: []), .everything, everything: everything)
    }

    /// Replaces the calendar in the store by nothing, because this owner's memory is wrong.
    func forsake(_ version: HotVersion) {
        send(version, HotChanges(base: version.seq, steps: []), .everything, everything: { [] })
    }

    private func send(
        _ version: HotVersion, _ message: HotChanges, _ wish: HotMirrorState.Wish,
        everything: () -> [(field: String, value: [UInt8])]
    ) {
        guard hot.store.isReachable else { return state.withLock { $0.mirror.missed() } }
        let sending = state.withLock { state -> HotMirrorState.Sending? in
            state.mirror.send(version, wish, now: hot.monotonic())
        }
        var write = HotWrite(key: key, base: nil, version: version)
        let number: Int
        switch sending {
        case nil: return
        case .change(let base, let given):
            number = given
            write.base = base
            write.set = message.steps.flatMap { $0.set.map(HotCalendar.field) }
            write.set += message.steps.compactMap(\.record).suffix(1).map {
                (HotCalendar.recordField, HotRecordField.encode($0))
            }
            let removed = message.steps.flatMap(\.removed)
            // An entry that the same message sets and removes is removed, whichever the store does first.
            write.remove = removed.map(HotCalendar.field(of:))
            let gone = Set(write.remove)
            if !gone.isEmpty { write.set.removeAll { gone.contains($0.field) } }
            state.withLock { $0.changes += 1 }
        case .everything(let given):
            number = given
            write.set = everything()
            state.withLock { $0.changes = 0 }
        }
        write.message = message.bytes
        let started = hot.monotonic()
        hot.store.write(write) { [self] outcome in answered(number, outcome, started) }
    }

    private func answered(_ number: Int, _ outcome: HotWritten, _ started: UInt64) {
        let now = hot.monotonic()
        hot.count(outcome, nanoseconds: now &- started)
        let done = state.withLock { state in
            state.mirror.answered(number, outcome, now: now)
            let answered = state.mirror.answered
            defer { state.waiting.removeAll { $0.number <= answered } }
            return state.waiting.filter { $0.number <= answered }
        }
        for (_, wait) in done { wait.end() }
    }

    /// Waits until the store has answered all writes so far, or the time is over. Does not wait if the store is
    /// unreachable.
    func arrival(by deadline: UInt64) async {
        guard hot.store.isReachable else { return }
        await withCheckedContinuation { continuation in
            let wait = HotWait(continuation)
            let isUnderWay = state.withLock { state in
                guard state.mirror.answered < state.mirror.sent else { return false }
                state.waiting.removeAll { $0.wait.isOver }
                state.waiting.append((state.mirror.sent, wait))
                return true
            }
            if isUnderWay { hot.end(wait, at: deadline) } else { wait.end() }
        }
    }
}
