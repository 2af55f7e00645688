import Foundation
import Scheduling
import Testing

/// How many random calendars a property is tried on, and from which seed on.
enum ModelRun {
    private static let standard = ProcessInfo.processInfo.environment["ALMANAC_TRIALS"] == nil ? 1_000 : 20_000
    static let calendars = environment("ALMANAC_MODEL_CALENDARS") ?? standard
    static let firstSeed = UInt64(environment("ALMANAC_MODEL_SEED") ?? 1_000_000)

    /// `share` of the calendars, each with its own seed.
    static func seeds(share: Double = 1) -> Range<UInt64> {
        firstSeed..<firstSeed + UInt64(max(1, Double(calendars) * share))
    }

    private static func environment(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init)
    }
}

@Suite struct SlotModelTests {
    @Test func availabilityIsWhatTheMinuteByMinuteModelOffers() {
        var offered = 0
        var unequal = 0
        for seed in ModelRun.seeds() {
            let calendar = RandomCalendar(seed: seed)
            var state = calendar.state
            let answer = state.availability(in: calendar.range, duration: calendar.duration, now: calendar.now)
            let expected = NaiveCalendar(calendar).slots(in: calendar.range, now: calendar.now)
            offered += expected.count
            guard answer.slots != expected else { continue }
            unequal += 1
            let missing = expected.filter { !answer.slots.contains($0) }.prefix(3)
            let surplus = answer.slots.filter { !expected.contains($0) }.prefix(3)
            if unequal <= 5 { Issue.record("\(calendar): missing \(missing) surplus \(surplus)") }
        }
        #expect(unequal == 0, "from seed \(ModelRun.firstSeed), \(unequal) of \(ModelRun.calendars)")
        #expect(offered > ModelRun.calendars, "so few slots that nothing was compared")
    }

    @Test func aDateHasTheSameSlotsHoweverTheRangeIsCut() {
        for seed in ModelRun.seeds(share: 0.1) {
            var calendar = RandomCalendar(seed: seed)
            var whole = calendar.state
            var parts = calendar.state
            let range = calendar.range
            let expected = whole.availability(in: range, duration: calendar.duration, now: calendar.now).slots
            var cuts = (0..<4).map { _ in calendar.random.moment(in: range) }
            cuts = (cuts.filter { range.contains($0) } + [range.start, range.end]).sorted()
            var slots: [Slot] = []
            for part in zip(cuts, cuts.dropFirst()).shuffled(using: &calendar.random) {
                slots +=
                    parts.availability(
                        in: Span(part.0, part.1), duration: calendar.duration, now: calendar.now
                    ).slots
            }
            #expect(slots.sorted { $0.start < $1.start } == expected, "\(calendar)")
        }
    }
}
