import AlmanacRuntime
import Scheduling
import Testing

@testable import TenantActors

@Suite struct CalendarClockTests {
    private static func zone(_ name: String) throws -> Zone { try ZoneDatabase().zone(name) }

    private static func date(_ text: String) -> CivilDate { CivilDate(iso: text)! }

    private static func instant(_ text: String) -> Instant { Instant(rfc3339: text)! }

    @Test func itBeginsWithTodayInItsZone() throws {
        let clock = CalendarClock(beginningAt: Self.instant("2026-11-01T23:00:00Z"), in: try Self.zone("Asia/Tokyo"))
        #expect(clock.nextDate == Self.date("2026-11-02"))
        #expect(clock.dueAt == Self.instant("2026-11-02T15:00:00Z"))
    }

    @Test func aDayHasEndedAtTheNextOnesFirstInstant() throws {
        let zone = try Self.zone("Asia/Tokyo")
        let clock = CalendarClock(beginningAt: Self.instant("2026-11-01T23:00:00Z"), in: zone)
        #expect(clock.ended(at: Self.instant("2026-11-02T14:59:59.999999Z"), in: zone) == nil)
        let ended = clock.ended(at: clock.dueAt, in: zone)
        #expect(ended == clock.nextDate...clock.nextDate)
        let next = clock.advanced(past: ended, in: zone)
        #expect(next.nextDate == Self.date("2026-11-03"))
        #expect(next.ended(at: clock.dueAt, in: zone) == nil)
        #expect(next.fingerprint == zone.fingerprint)
    }

    /// Samoa had no 30 December 2011: that date ends as it begins.
    @Test func aDateThatNeverWasEndsToo() throws {
        let zone = try Self.zone("Pacific/Apia")
        let clock = CalendarClock(beginningAt: Self.instant("2011-12-29T12:00:00-10:00"), in: zone)
        let ended = try #require(clock.ended(at: Self.instant("2011-12-31T12:00:00+14:00"), in: zone))
        #expect(ended == Self.date("2011-12-29")...Self.date("2011-12-30"))
    }

    @Test func aChangeOfZoneTakesNoDateTwice() throws {
        let (east, west) = (try Self.zone("Pacific/Kiritimati"), try Self.zone("Pacific/Honolulu"))
        let now = Self.instant("2026-11-02T10:30:00Z")
        var clock = CalendarClock(beginningAt: now.adding(days: -1), in: east)
        clock = clock.advanced(past: clock.ended(at: now, in: east), in: west)
        #expect(clock.nextDate == Self.date("2026-11-03"))
        #expect(clock.dueAt == Self.instant("2026-11-04T10:00:00Z"))
        #expect(clock.timezone == "Pacific/Honolulu")
        #expect(clock.fingerprint == west.fingerprint)
        #expect(clock.ended(at: now, in: west) == nil)
    }

    @Test func theFileThatWasToldIsKeptWhileTheZoneStays() throws {
        let zone = try Self.zone("Europe/Paris")
        let clock = CalendarClock(
            timezone: "Europe/Paris", fingerprint: 7, nextDate: Self.date("2026-11-02"), dueAt: .distantPast
        )
        #expect(clock.advanced(past: nil, in: zone).fingerprint == 7)
        var unknown = clock
        unknown.fingerprint = nil
        #expect(unknown.advanced(past: nil, in: zone).fingerprint == zone.fingerprint)
    }

    @Test func theLastDateOfTheCalendarIsNeverDue() {
        let clock = CalendarClock(
            timezone: "UTC", fingerprint: nil, nextDate: Self.date("9999-12-31"), dueAt: .distantPast
        )
        #expect(clock.advanced(past: nil, in: .utc).dueAt == .distantFuture)
    }
}
