import Scheduling

/// Which credential placed which holds of a calendar, so that no credential can keep all times for itself.
struct HoldLedger {
    private var owners: [ExactText: Set<ID>] = [:]

    mutating func add(_ owner: ID, of holder: String) { owners[holder.exact, default: []].insert(owner) }

    /// The holder's holds among these entries. Forgets those of its holds that have ended.
    mutating func holds(of holder: String, among entries: [Occupancy.Entry]) -> [Occupancy.Entry] {
        let key = holder.exact
        guard let placed = owners[key] else { return [] }
        let holds = entries.filter { $0.kind == .hold && placed.contains($0.owner) }
        owners[key] = holds.isEmpty ? nil : Set(holds.map(\.owner))
        return holds
    }
}
