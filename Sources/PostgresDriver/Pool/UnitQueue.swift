/// Waiting units, first come first served. Units that were sent on a lost connection return to the front.
struct UnitQueue<Payload: Sendable>: Sendable {
    private var entries: [UnitEntry<Payload>] = []
    private var first = 0

    var count: Int { entries.count - first }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ entry: UnitEntry<Payload>) { entries.append(entry) }

    mutating func putBack(_ returned: [UnitEntry<Payload>]) {
        entries.replaceSubrange(..<first, with: returned)
        first = 0
    }

    mutating func popFirst() -> UnitEntry<Payload>? {
        guard first < entries.count else { return nil }
        let entry = entries[first]
        first += 1
        // Payloads of removed units are released in batches, at an amortized constant cost.
        if first == entries.count || first >= 256 {
            entries.removeFirst(first)
            first = 0
        }
        return entry
    }

    mutating func remove(id: UInt64) -> UnitEntry<Payload>? {
        guard let index = entries[first...].firstIndex(where: { $0.id == id }) else { return nil }
        return entries.remove(at: index)
    }

    /// Removes units whose deadline has come.
    mutating func expire(_ now: UInt64) -> [UnitEntry<Payload>] {
        let waiting = entries[first...]
        guard waiting.contains(where: { $0.deadline <= now }) else { return [] }
        let expired = waiting.filter { $0.deadline <= now }
        entries = waiting.filter { $0.deadline > now }
        first = 0
        return expired
    }

    /// Removes units that are not vital.
    mutating func takeOrdinary() -> [UnitEntry<Payload>] {
        let waiting = entries[first...]
        let ordinary = waiting.filter { !$0.isVital }
        entries = waiting.filter(\.isVital)
        first = 0
        return ordinary
    }

    var earliestDeadline: UInt64? { entries[first...].lazy.map(\.deadline).min() }

    mutating func takeAll() -> [UnitEntry<Payload>] {
        defer { (entries, first) = ([], 0) }
        return Array(entries[first...])
    }
}
