/// Who has which time of a calendar: its live holds and appointments, in order of start.
public struct Occupancy: Sendable {
    public enum Kind: String, CaseIterable, Sendable, Hashable { case hold, appointment }

    /// One guest's stretch of time.
    public struct Entry: Hashable, Sendable {
        /// The appointment's id, minted when its time was first held.
        public let owner: ID
        public var span: Span
        /// The number under which the database guards the time: no other entry has both. It may equal or exceed the
        /// calendar's capacity, if free time is in pieces or there were more seats before.
        public var seat: Int
        public var kind: Kind
        /// When a hold ends by itself; nil for appointments.
        public var expiresAt: Instant?
        /// Whether a write about this entry is under way. Such an entry keeps its time whatever the clock says.
        public internal(set) var isInFlight: Bool

        public init(
            owner: ID, span: Span, seat: Int, kind: Kind, expiresAt: Instant? = nil, isInFlight: Bool = false
        ) {
            self.owner = owner
            self.span = span
            self.seat = seat
            self.kind = kind
            self.expiresAt = expiresAt
            self.isInFlight = isInFlight
        }

        /// Whether the entry keeps its time at `now`. A hold ends when it expires, unless a booking is using it.
        ///
        /// - Parameter withMarks: whether entries that are still being written count; otherwise only written ones do.
        func isLive(_ now: Instant, withMarks: Bool = true) -> Bool {
            if withMarks {
                if isExpiring { return false }
                if isInFlight { return true }
            } else if isUnwritten {
                return false
            }
            guard kind == .hold, let expiresAt else { return true }
            return now < expiresAt
        }

        /// Whether its expiry has been decided and is being written.
        var isExpiring = false
        /// Whether it is only the mark of a decision, which nobody else can know.
        var isUnwritten = false
    }

    /// No entry is longer: the bound that makes neighbours cheap to find.
    static let longest: Int64 = 24 * 3_600_000_000

    public private(set) var entries: [Entry]

    public init(_ entries: [Entry] = []) {
        self.entries = entries.sorted { ($0.span.start, $0.owner) < ($1.span.start, $1.owner) }
    }

    /// Index of the first entry that starts at or after the instant.
    func firstIndex(startingFrom instant: Instant) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].span.start < instant { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The entries that overlap the span, or begin or end within it.
    func entries(around span: Span) -> ArraySlice<Entry> {
        let low = firstIndex(startingFrom: span.start.adding(microseconds: -Self.longest))
        let high = firstIndex(startingFrom: span.end)
        return entries[low..<max(low, high)]
    }

    /// The written entries, without those that are being written.
    var written: [Entry] {
        entries.compactMap { entry in
            if entry.isUnwritten { return nil }
            return Entry(
                owner: entry.owner, span: entry.span, seat: entry.seat, kind: entry.kind, expiresAt: entry.expiresAt
            )
        }
    }

    func entry(of owner: ID) -> Entry? { entries.first { $0.owner == owner } }

    mutating func insert(_ entry: Entry) {
        entries.insert(entry, at: firstIndex(startingFrom: entry.span.start))
    }

    mutating func remove(_ owner: ID) { entries.removeAll { $0.owner == owner } }

    /// Drops ended appointments, if there are enough to justify the walk.
    mutating func forget(endedBefore instant: Instant) {
        let past = firstIndex(startingFrom: instant.adding(microseconds: -Self.longest))
        guard past >= 64 else { return }
        entries.removeAll { $0.span.end < instant && $0.kind == .appointment && !$0.isInFlight }
    }

    mutating func update(_ owner: ID, _ change: (inout Entry) -> Void) {
        for index in entries.indices where entries[index].owner == owner { change(&entries[index]) }
    }
}
