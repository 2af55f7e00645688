import Scheduling

extension NaiveCalendar {
    func isLive(_ entry: Occupancy.Entry, _ now: Instant) -> Bool {
        if entry.kind == .appointment || entry.isInFlight { return true }
        guard let end = entry.expiresAt else { return true }
        return !(now >= end)
    }

    /// Whether two spans keep a distance: `before` from busy to slot, `after` from slot to busy. Empty blocks nothing.
    private func isClear(_ slot: Span, of busy: Span, before: Int, after: Int) -> Bool {
        if busy.end <= busy.start { return true }
        let fromBusy = slot.start.microseconds - busy.end.microseconds
        let toBusy = busy.start.microseconds - slot.end.microseconds
        return fromBusy >= Int64(before) * 60_000_000 || toBusy >= Int64(after) * 60_000_000
    }

    /// How many are there at a moment, each widened by the gap on either side.
    private func guests(at moment: Int64, gap: Int64, now: Instant) -> Int {
        entries.count { entry in
            let (start, end) = (entry.span.start.microseconds, entry.span.end.microseconds)
            return isLive(entry, now) && start < end && start - gap <= moment && moment < end + gap
        }
    }

    /// Room for so many more guests, with or without buffers. External busy time is left out.
    ///
    /// The count rises only where somebody arrives, so the slot's start and the arrivals within it are looked at.
    func room(_ slot: Span, buffered: Bool, now: Instant) -> Int {
        let buffers = rules.buffers
        let gap = Int64(buffered ? max(buffers.after + buffers.before, buffers.between) : 0) * 60_000_000
        let (start, end) = (slot.start.microseconds, slot.end.microseconds)
        let moments = entries.map { $0.span.start.microseconds - gap }.filter { start <= $0 && $0 < end }
        let most = ([start] + moments).map { guests(at: $0, gap: gap, now: now) }.max() ?? 0
        return max(0, rules.capacity - most)
    }

    /// The lowest number that nobody has in the slot.
    func lowestNumber(_ slot: Span, now: Instant) -> Int {
        var number = 0
        while entries.contains(where: {
            $0.seat == number && isLive($0, now) && !isClear(slot, of: $0.span, before: 0, after: 0)
        }) {
            number += 1
        }
        return number
    }

    func isClearOfExternal(_ slot: Span, buffered: Bool) -> Bool {
        let before = buffered ? max(rules.buffers.before, rules.buffers.between) : 0
        let after = buffered ? max(rules.buffers.after, rules.buffers.between) : 0
        return external.allSatisfy { isClear(slot, of: $0, before: before, after: after) }
    }

    /// Seats a slot has left, buffers and other calendars considered.
    func seats(_ slot: Span, now: Instant) -> Int {
        isClearOfExternal(slot, buffered: true) ? room(slot, buffered: true, now: now) : 0
    }

    /// The number a booking has; nil if there is no room.
    func seat(_ slot: Span, now: Instant) -> Int? { seats(slot, now: now) > 0 ? lowestNumber(slot, now: now) : nil }

    func isDayFull(_ start: Instant, now: Instant) -> Bool {
        guard let limit = rules.maxBookingsPerDay else { return false }
        let day = dates[cell(start)]
        let count = entries.count { entry in
            let cell = cell(entry.span.start)
            return isLive(entry, now) && dates.indices.contains(cell) && dates[cell] == day
        }
        return count >= limit
    }

    func isInNotice(_ start: Instant, now: Instant) -> Bool {
        start.microseconds < now.microseconds + Int64(rules.minNotice) * 60_000_000
    }

    func isBeyondHorizon(_ start: Instant, now: Instant) -> Bool {
        guard let days = rules.horizonDays else { return false }
        return start.microseconds > now.microseconds + Int64(days) * 86_400_000_000
    }

    /// What availability should say.
    func slots(in range: Span, now: Instant) -> [Slot] {
        guard rules.isActive else { return [] }
        return grid(in: range).compactMap { start in
            if isInNotice(start, now: now) || isBeyondHorizon(start, now: now) { return nil }
            if isDayFull(start, now: now) { return nil }
            let slot = Span(start, Instant(microseconds: start.microseconds + Int64(duration) * 60_000_000))
            let seats = seats(slot, now: now)
            return seats == 0 ? nil : Slot(start: slot.start, end: slot.end, seatsAvailable: seats)
        }
    }

    /// The opening rules that refuse a start, in their order.
    func refusals(start: Instant, now: Instant) -> [ReasonCode] {
        let slot = Span(start, Instant(microseconds: start.microseconds + Int64(duration) * 60_000_000))
        // Every cell the slot has a part in.
        let cells = cell(slot.start)...cell(Instant(microseconds: slot.end.microseconds - 1))
        var codes: [ReasonCode] = []
        if !rules.isActive { codes.append(.inactive) }
        if cells.contains(where: { !isOpen[$0] }) { codes.append(.closed) }
        if cells.contains(where: { isPause[$0] }) { codes.append(.pause) }
        if cells.contains(where: { isBlackout[$0] }) { codes.append(.blackout) }
        if cells.allSatisfy({ isFree($0) }), !grid.contains(start) { codes.append(.offGrid) }
        if isInNotice(start, now: now) { codes.append(.notice) }
        if isBeyondHorizon(start, now: now) { codes.append(.horizon) }
        if isDayFull(start, now: now) { codes.append(.dailyLimit) }
        return codes + occupancyRefusals(slot, now: now)
    }

    private func occupancyRefusals(_ slot: Span, now: Instant) -> [ReasonCode] {
        var codes: [ReasonCode] = []
        // Whoever has this very time. Of one seat it is said who has it; who came when there were more fills it.
        let direct = entries.filter { isLive($0, now) && !isClear(slot, of: $0.span, before: 0, after: 0) }
        var isFull = room(slot, buffered: false, now: now) == 0
        if rules.capacity == 1 {
            let only = direct.filter { $0.seat == 0 }
            if only.contains(where: { $0.kind == .appointment }) { codes.append(.booked) }
            if only.contains(where: { $0.kind == .hold }) { codes.append(.held) }
            isFull = !codes.contains(.booked) && only.count < direct.count
        }
        if !isClearOfExternal(slot, buffered: false) { codes.append(.externalBusy) }
        if isFull { codes.append(.full) }
        // Free in itself, but too near to something.
        if codes.isEmpty, seats(slot, now: now) == 0 { codes.append(.buffer) }
        return codes
    }
}
