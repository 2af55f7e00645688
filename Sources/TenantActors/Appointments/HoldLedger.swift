import Scheduling

/// Which credential placed which holds of a calendar: so that one alone cannot keep all its times.
struct HoldLedger {
    private var owners: [ExactText: Set<ID>] = [:]

    mutating func add(_ owner: ID, of holder: String) { owners[holder.exact, default: []].insert(owner) }

    /// The holder's holds among these entries; the others of its holds are no more, and are forgotten.
    mutating func holds(of holder: String, among entries: [Occupancy.Entry]) -> [Occupancy.Entry] {
        let key = holder.exact
        guard let placed = owners[key] else { return [] }
        let holds = entries.filter { $0.kind == .hold && placed.contains($0.owner) }
        owners[key] = holds.isEmpty ? nil : Set(holds.map(\.owner))
        return holds
    }
}
