import Scheduling

/// The watchers of a calendar who may not see everything of the organization, and how far each may see.
struct FeedGuests {
    private struct Guest {
        let viewer: Viewer
        let seesAppointments: Bool
        /// When time alone may change that.
        var until: Instant?
    }

    private var guests: [Int: Guest] = [:]
    private var nextReview: Instant?

    var viewers: Set<Viewer> { Set(guests.values.map(\.viewer)) }

    mutating func add(_ number: Int, _ viewer: Viewer, _ record: CalendarRecord, now: Instant) {
        let permission = record.permission(of: viewer, at: now) ?? .viewFreeBusy
        let until = record.nextExpiry(for: viewer, after: now)
        guests[number] = Guest(viewer: viewer, seesAppointments: permission >= .view, until: until)
        nextReview = [nextReview, until].compactMap(\.self).min()
    }

    mutating func remove(_ number: Int) { guests[number] = nil }

    func isDue(_ now: Instant) -> Bool { nextReview.map { now >= $0 } ?? false }

    /// Those who may see more or less now than when they came, in the order in which they came.
    mutating func review(_ record: CalendarRecord, now: Instant) -> [Int] {
        var changed: [Int] = []
        nextReview = nil
        for (number, guest) in guests {
            let permission = record.permission(of: guest.viewer, at: now)
            if permission.map({ $0 >= .view }) != guest.seesAppointments {
                changed.append(number)
            } else {
                let until = record.nextExpiry(for: guest.viewer, after: now)
                guests[number]?.until = until
                nextReview = [nextReview, until].compactMap(\.self).min()
            }
        }
        return changed.sorted()
    }

    /// Those who watch as one of these, in the order in which they came.
    func numbers(of viewers: Set<Viewer>) -> [Int] {
        guests.filter { viewers.contains($0.value.viewer) }.keys.sorted()
    }
}
