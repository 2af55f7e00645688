/// What a state that decides nothing itself does with what another one has written.
extension CalendarState {
    /// Who has which time by what has been written: what others may be told of, without marks.
    public var written: [Occupancy.Entry] { occupancy.written }

    /// Takes over what an event made of the calendar: entries as they are now, owners that have no time any more, and
    /// other rules if there are any.
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

    /// Takes over everything at once: only what differs is altered.
    public mutating func follow(all entries: [Occupancy.Entry], rules: SchedulingRules?, seq: Int64) {
        var wanted = Dictionary(entries.map { ($0.owner, $0) }, uniquingKeysWith: { $1 })
        var gone: [Occupancy.Entry] = []
        for known in occupancy.entries {
            if wanted[known.owner] == known { wanted[known.owner] = nil } else { gone.append(known) }
        }
        self.seq = max(self.seq, seq)
        if gone.count + wanted.count > 64 {
            // One after the other would cost more than beginning anew.
            occupancy = Occupancy(entries)
            touched = .everything
        } else {
            for entry in gone { vacate(entry.owner) }
            for entry in wanted.values.sorted(by: { $0.owner < $1.owner }) { occupy(entry) }
        }
        if let rules { reconfigure(rules) }
    }

    /// Takes over everything, and the number with it, also a lower one than is known: what was known was of nobody.
    public mutating func begin(anew entries: [Occupancy.Entry], rules: SchedulingRules, seq: Int64) {
        follow(all: entries, rules: rules, seq: seq)
        self.seq = seq
    }
}
