/// The local dates whose grid of starts a change of rules may affect.
public enum ChangedDates: Sendable, Equatable {
    case none
    /// Disjoint and in order. Slots that start on other dates stay the same.
    case dates([ClosedRange<CivilDate>])
    case everything
}

extension SchedulingRules {
    /// The dates whose grid differs from that of older rules. Settings that do not shape the grid (buffers, seats,
    /// limits, notice, horizon) change none.
    ///
    /// - Parameter known: dates to examine closely: of these, only dates whose windows differ are returned. Elsewhere
    ///   every date that may differ is returned. So a new rule for Mondays changes only the Mondays among them.
    public func changedDates(
        from old: SchedulingRules, within known: ClosedRange<CivilDate>? = nil
    ) -> ChangedDates {
        guard zone == old.zone, slotInterval == old.slotInterval else { return .everything }
        let reached = DateRanges.merged(
            openingRules.changes(from: old.openingRules).map {
                $0.lowerBound.adding(days: -SlotGrid.lookAhead)...$0.upperBound.adding(days: SlotGrid.lookBack)
            }
        )
        // Examining both sets of rules must stay cheap: with a thousand rules, more dates are returned.
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

    /// Whether bookings, the clock or the allowed durations have other effects than under older rules, on any date. If
    /// so, any slot may differ, even if the grid does not.
    func offersOtherwise(than old: SchedulingRules) -> Bool {
        isActive != old.isActive || buffers != old.buffers || slotDuration != old.slotDuration
            || allowedDurations != old.allowedDurations || minNotice != old.minNotice
            || horizonDays != old.horizonDays || capacity != old.capacity
            || maxBookingsPerDay != old.maxBookingsPerDay
    }
}

/// Ranges of dates as a list.
enum DateRanges {
    /// The same dates, in order, with adjacent ranges joined.
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
