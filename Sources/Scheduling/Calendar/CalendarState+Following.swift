/// How a state that decides nothing itself follows another one's writes.
extension CalendarState {
    /// The written entries, without marks: what other nodes and watchers may see.
    public var written: [Occupancy.Entry] { occupancy.written }

    /// Applies an event's effects: entries as they are now, owners that no longer have a time, and the new rules if
    /// they changed.
    public mutating func follow(
        setting entries: [Occupancy.Entry], removing owners: [ID], rules: SchedulingRules? = nil, seq: Int64
    ) {
        self.seq = max(self.seq, seq)
        for owner in owners { vacate(owner) }
        for entry in entries {
            if let known = occupancy.entry(of: entry.owner) {
                if known == entry { continue }
                vacate(entry.owner)
            }
            occupy(entry)
        }
        if let rules { reconfigure(rules) }
    }

    /// Applies a whole state at once; changes only what differs.
    public mutating func follow(all entries: [Occupancy.Entry], rules: SchedulingRules?, seq: Int64) {
        var wanted = Dictionary(entries.map { ($0.owner, $0) }, uniquingKeysWith: { $1 })
        var gone: [Occupancy.Entry] = []
        for known in occupancy.entries {
            if wanted[known.owner] == known { wanted[known.owner] = nil } else { gone.append(known) }
        }
        self.seq = max(self.seq, seq)
        if gone.count + wanted.count > 64 {
            // Changing so many one by one would cost more than a new state.
            occupancy = Occupancy(entries)
            touched = .everything
        } else {
            for entry in gone { vacate(entry.owner) }
            for entry in wanted.values.sorted(by: { $0.owner < $1.owner }) { occupy(entry) }
        }
        if let rules { reconfigure(rules) }
    }

    /// Replaces everything and the number, even by a lower one: the previous state no longer means anything.
    public mutating func begin(anew entries: [Occupancy.Entry], rules: SchedulingRules, seq: Int64) {
        follow(all: entries, rules: rules, seq: seq)
        self.seq = seq
    }
}
