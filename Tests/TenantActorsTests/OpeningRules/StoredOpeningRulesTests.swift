@testable import SQL
import Scheduling
import Testing

@testable import AlmanacRuntime
@testable import TenantActors

@Suite struct StoredOpeningRulesTests {
    private func record<Item: OpeningRuleItem>(_ number: UInt64, _ item: Item, version: Int = 1) -> StoredOpeningRule<
        Item
    > {
        let at = Instant(rfc3339: "2026-11-03T08:00:00.123456Z")!
        return StoredOpeningRule(
            id: ID(high: 1, low: number), item: item, version: version, createdAt: at, updatedAt: at)
    }

    private func blackout(_ date: String) -> BlackoutDate {
        let date = CivilDate(iso: date)!
        return BlackoutDate(from: date, through: date)
    }

    private func pause(listing dates: Int) throws -> BreakTime {
        let first = CivilDate(iso: "2026-01-01")!
        let recurrence = Recurrence(
            rule: try RecurrenceRule("FREQ=DAILY"), startsOn: first, startMinute: 540,
            exdates: Set((0..<dates).map { first.adding(days: $0) })
        )
        return BreakTime(.recurring(recurrence), MinuteInterval(startMinute: 540, endMinute: 600)!)
    }

    @Test func itemsAreKeptInOrderOfTheirIds() {
        var openingRules = StoredOpeningRules()
        for number: UInt64 in [5, 2, 9, 7] { openingRules.put(record(number, blackout("2026-11-0\(number)"))) }
        #expect(openingRules.blackouts.map(\.id.low) == [2, 5, 7, 9])
        openingRules.put(record(5, blackout("2026-12-24"), version: 2))
        #expect(openingRules.blackouts.map(\.version) == [1, 2, 1, 1])
        openingRules.remove(ID(high: 1, low: 7), of: BlackoutDate.self)
        #expect(openingRules.blackouts.map(\.id.low) == [2, 5, 9])
        openingRules.remove(ID(high: 1, low: 2), of: BreakTime.self)
        #expect(openingRules.blackouts.count == 3)
    }

    @Test func aCalendarHasAThousandOfAKindAndNoMore() {
        var openingRules = StoredOpeningRules()
        for number: UInt64 in 0..<999 { openingRules.put(record(number, blackout("2026-11-02"))) }
        #expect(openingRules.conflict(of: blackout("2026-11-02")) == nil)
        openingRules.put(record(999, blackout("2026-11-02")))
        #expect(openingRules.conflict(of: blackout("2026-11-02"))?.code == "limit_exceeded")
        #expect(openingRules.conflict(of: blackout("2026-11-03"), replacing: ID(high: 1, low: 3)) == nil)
        #expect(openingRules.conflict(of: BufferTime(.after, minutes: 5)) == nil)
    }

    @Test func theDatesThatAllItemsListHaveABoundTogether() throws {
        var openingRules = StoredOpeningRules()
        for number: UInt64 in 0..<19 { openingRules.put(record(number, try pause(listing: 1_000))) }
        #expect(openingRules.conflict(of: try pause(listing: 1_000)) == nil)
        openingRules.put(record(19, try pause(listing: 1_000)))
        #expect(openingRules.conflict(of: try pause(listing: 1))?.code == "limit_exceeded")
        #expect(openingRules.conflict(of: try pause(listing: 0)) == nil)
        #expect(openingRules.conflict(of: try pause(listing: 1_000), replacing: ID(high: 1, low: 4)) == nil)
    }

    @Test func eachKindIsReadFromItsRow() throws {
        let openingRules = try StoredOpeningRules.examples()
        #expect(openingRules.rules.count == 3 && openingRules.buffers.count == 3 && openingRules.breaks.count == 3)
        #expect(try StoredOpeningRules(rows: openingRules.rows.shuffled().map { SQLRow($0) }) == openingRules)
    }

    @Test(arguments: 0..<17)
    func aRowThatIsNoneIsRefusedOrReadButNeverTrapsAnyone(column: Int) throws {
        for row in try StoredOpeningRules.examples().rows {
            for value: SQLValue in [
                .null, .int(-5), .int(.max), .text(""), .text("2026-02-31"), .json(Array("[[1]]".utf8)),
            ] {
                var row = row
                row[column] = value
                guard let openingRules = try? StoredOpeningRules(rows: [SQLRow(row)]) else { continue }
                var rules = SchedulingRules(zone: .utc)
                openingRules.apply(to: &rules)
                var state = CalendarState(rules: rules)
                let start = Instant(rfc3339: "2026-11-03T08:00:00Z")!
                _ = state.availability(in: Span(start, start.adding(days: 3)), duration: 30, now: start)
            }
        }
    }

    @Test func theyBecomeTheRulesUnderTheirOwnIds() throws {
        var rules = SchedulingRules(zone: .utc)
        let openingRules = try StoredOpeningRules.examples()
        openingRules.apply(to: &rules)
        #expect(rules.buffers == .init(before: 5, after: 10, between: 30))
        #expect(rules.openingRules.fixedDates[CivilDate(iso: "2026-11-11")!]?.id == openingRules.rules[1].id)
        #expect(rules.openingRules.customWeeks.map(\.id) == [openingRules.rules[2].id])
        #expect(rules.openingRules.recurring.map(\.id) == [openingRules.rules[0].id])
        #expect(rules.openingRules.breaks.map(\.id) == openingRules.breaks.map(\.id))
        #expect(rules.openingRules.blackouts.map(\.id) == openingRules.blackouts.map(\.id))
    }
}

extension StoredOpeningRules {
    /// One or more of each kind.
    static func examples() throws -> StoredOpeningRules {
        let at = Instant(rfc3339: "2026-11-03T08:00:00.123456Z")!
        var openingRules = StoredOpeningRules()
        var number: UInt64 = 0
        func put(_ item: some OpeningRuleItem) {
            number += 1
            openingRules.put(
                StoredOpeningRule(
                    id: ID(high: 7, low: number), item: item, version: Int(number), createdAt: at, updatedAt: at
                )
            )
        }
        let date = CivilDate(iso: "2026-11-11")!
        let (morning, night) = (
            MinuteInterval(startMinute: 540, endMinute: 720)!, MinuteInterval(startMinute: 1_320, endMinute: 1_800)!
        )
        let recurrence = Recurrence(
            rule: try RecurrenceRule("FREQ=WEEKLY;BYDAY=SA"), startsOn: date, startMinute: 540,
            exdates: [date.adding(days: 3)], rdates: [date, date.adding(days: 1)]
        )
        put(AvailabilityRule.recurring(.unavailable, recurrence, morning))
        put(AvailabilityRule.fixed(date, [morning, night]))
        put(
            AvailabilityRule.custom(
                from: date, through: date.adding(days: 9), WeeklyHours([(.monday, morning), (.sunday, night)]),
                priority: -4
            )
        )
        put(BufferTime(.before, minutes: 5))
        put(BufferTime(.after, minutes: 10))
        put(BufferTime(.between, minutes: 30))
        put(BreakTime(.weekdays([.monday, .friday]), morning))
        put(BreakTime(.date(date), night))
        put(BreakTime(.recurring(recurrence), morning))
        put(BlackoutDate(from: date, through: date.adding(days: 2), reason: "Zoë's \"day\"", repeatsYearly: true))
        put(BlackoutDate(from: date, through: date))
        return openingRules
    }
}
