/// The local dates whose grid of starts other rules may alter.
public enum ChangedDates: Sendable, Equatable {
    case none
    /// Apart and in order. Slots that start on other dates are as they were.
    case dates([ClosedRange<CivilDate>])
    case everything
}

extension SchedulingRules {
    /// The dates whose grid is another one than under older rules. What does not shape the grid (buffers, seats, limits,
    /// notice, horizon) changes none.
    ///
    /// - Parameter known: dates that are worth a closer look: of those only the ones count whose windows come out
    ///   different. A new rule for Mondays changes the Mondays there, and elsewhere all that may be.
    public func changedDates(
        from old: SchedulingRules, within known: ClosedRange<CivilDate>? = nil
    ) -> ChangedDates {
        guard zone == old.zone, slotInterval == old.slotInterval else { return .everything }
        let reached = DateRanges.merged(
            openingRules.changes(from: old.openingRules).map {
                $0.lowerBound.adding(days: -SlotGrid.lookAhead)...$0.upperBound.adding(days: SlotGrid.lookBack)
            }
        )
        // A closer look at both sets of rules has to be worth its while: whoever has a thousand rules is told of more.
        let entries = openingRules.entries + old.openingRules.entries
        guard let known, (known.upperBound - known.lowerBound + 1) * (entries + 20) <= 100_000 else {
            return reached.isEmpty ? .none : .dates(reached)
        }
        var changed: [ClosedRange<CivilDate>] = []
        for range in reached {
            guard range.overlaps(known) else {
                changed.append(range)
                continue
            }
            let inside = range.clamped(to: known)
            if range.lowerBound < inside.lowerBound {
                changed.append(range.lowerBound...inside.lowerBound.adding(days: -1))
            }
            changed += SlotGrid.changed(inside, from: old, to: self)
            if inside.upperBound < range.upperBound {
                changed.append(inside.upperBound.adding(days: 1)...range.upperBound)
            }
        }
        return changed.isEmpty ? .none : .dates(DateRanges.merged(changed))
    }

    /// Whether what is booked, or the clock, or what may be asked for has other effects than under older rules, on any
    /// date: then no slot is sure to be as it was, though the grid may be.
    func offersOtherwise(than old: SchedulingRules) -> Bool {
        isActive != old.isActive || buffers != old.buffers || slotDuration != old.slotDuration
            || allowedDurations != old.allowedDurations || minNotice != old.minNotice
            || horizonDays != old.horizonDays || capacity != old.capacity
            || maxBookingsPerDay != old.maxBookingsPerDay
    }
}

/// Ranges of dates as a list.
enum DateRanges {
    /// The same dates, in order, with nothing between neighbours joined.
    static func merged(_ ranges: [ClosedRange<CivilDate>]) -> [ClosedRange<CivilDate>] {
        var result: [ClosedRange<CivilDate>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound.adding(days: 1) {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}
