import Scheduling
import Testing

/// What a date's opening rules offer by themselves.
@Suite struct OfferedTests {
    private typealias Make = CalendarFixtures

    @Test func aDatesOfferCountsItsOpenMinutesAndTheUsualSlots() {
        let pause = MinuteInterval(startMinute: 720, endMinute: 750)!
        let state = Make.state([Make.appointment(1, Make.span(10))]) {
            $0.slotDuration = 60
            $0.slotInterval = 60
            $0.maxBookingsPerDay = 1
            $0.openingRules.breaks = [.init(id: nil, days: .date(isoDate("2026-11-03")), interval: pause)]
        }
        let offers = state.offered(on: isoDate("2026-11-02")...isoDate("2026-11-03"))
        #expect(offers.map(\.date) == [isoDate("2026-11-02"), isoDate("2026-11-03")])
        #expect(offers.map(\.openMinutes) == [480, 450])
        #expect(offers.map(\.slotCount) == [8, 7])
        #expect(offers[1].starts == [9 * 60, 600, 660, 750, 810, 870, 930].map { Make.at(0, $0) })
        #expect(state.compiledDays == 0)
    }

    @Test func aWindowAcrossMidnightCountsOnBothDates() {
        let state = Make.state {
            $0.openingRules.weekly = .closed
            $0.openingRules.fixedDates = [
                isoDate("2026-11-03"): .init(
                    id: nil, intervals: [MinuteInterval(startMinute: 1_380, endMinute: 1_380 + 100)!])
            ]
        }
        let offers = state.offered(on: isoDate("2026-11-03")...isoDate("2026-11-05"))
        #expect(offers.map(\.openMinutes) == [60, 40, 0])
        #expect(offers.map(\.slotCount) == [2, 1, 0])
    }

    @Test func anInactiveCalendarOffersNothingAndTheEndsOfTimeAreAnswered() {
        let inactive = Make.state { $0.isActive = false }
        #expect(inactive.offered(on: isoDate("2026-11-03")...isoDate("2026-11-03")).map(\.openMinutes) == [0])
        let state = Make.state { $0.openingRules.weekly = Make.week(0, 1_440) }
        for (first, last) in [("0001-01-01", "0001-01-03"), ("9999-12-29", "9999-12-31")] {
            #expect(state.offered(on: isoDate(first)...isoDate(last)).map(\.slotCount) == [0, 0, 0])
        }
    }

    @Test func theOfferIsTheModelsGrid() {
        for seed in ModelRun.seeds(share: 0.1) {
            let calendar = RandomCalendar(seed: seed)
            guard calendar.duration == calendar.rules.slotDuration, calendar.rules.isActive else { continue }
            let model = NaiveCalendar(calendar)
            let (first, last) = (calendar.zone.day(of: calendar.range.start), calendar.zone.day(of: calendar.range.end))
            let offers = calendar.state.offered(on: first...last)
            let range = Span(
                calendar.zone.firstInstant(of: first), calendar.zone.firstInstant(of: last.adding(days: 1)))
            #expect(offers.flatMap(\.starts) == model.grid(in: range), "\(calendar)")
            for offer in offers {
                let cells = model.dates.indices.filter {
                    model.dates[$0] == offer.date.dayNumber && model.isFree($0)
                }
                #expect(offer.openMinutes == cells.count * model.tick / 60, "\(offer.date) in \(calendar)")
            }
        }
    }
}
