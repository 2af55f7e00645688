import AlmanacRuntime
import Scheduling
import Testing

@testable import AlmanacChannels

@Suite struct TimeTextTests {
    private func text(_ zone: String, _ start: String, _ end: String) throws -> String {
        let time = TimeText(zone: try ZoneDatabase().zone(zone))
        return time.span(Span(NoticeFixture.instant(start), NoticeFixture.instant(end)))
    }

    @Test(arguments: [
        (
            "Europe/Berlin", "2026-11-02T08:00:00Z", "2026-11-02T08:30:00Z",
            "Monday, 2 November 2026, 09:00–09:30 (Europe/Berlin, UTC+1)"
        ),
        (
            "America/New_York", "2026-07-01T12:05:00Z", "2026-07-01T13:00:00Z",
            "Wednesday, 1 July 2026, 08:05–09:00 (America/New_York, UTC-4)"
        ),
        (
            "Asia/Kolkata", "2026-02-28T20:00:00Z", "2026-02-28T20:30:00Z",
            "Sunday, 1 March 2026, 01:30–02:00 (Asia/Kolkata, UTC+5:30)"
        ),
        (
            "America/St_Johns", "2026-01-01T12:00:00Z", "2026-01-01T13:00:00Z",
            "Thursday, 1 January 2026, 08:30–09:30 (America/St_Johns, UTC-3:30)"
        ),
        ("UTC", "2026-11-02T08:00:00Z", "2026-11-02T08:30:00Z", "Monday, 2 November 2026, 08:00–08:30 (UTC)"),
        (
            "Europe/London", "2026-11-02T08:00:00Z", "2026-11-02T08:30:00Z",
            "Monday, 2 November 2026, 08:00–08:30 (Europe/London, UTC)"
        ),
    ])
    func aSpanIsReadInItsZone(zone: String, start: String, end: String, expected: String) throws {
        #expect(try text(zone, start, end) == expected)
    }

    @Test func overMidnightBothDatesAreShown() throws {
        #expect(
            try text("Europe/Berlin", "2026-12-31T22:30:00Z", "2026-12-31T23:30:00Z")
                == "Thursday, 31 December 2026, 23:30 – Friday, 1 January 2027, 00:30 (Europe/Berlin, UTC+1)"
        )
    }

    @Test func theEndOfADayIsItsOwn() throws {
        #expect(
            try text("Europe/Berlin", "2026-11-02T22:00:00Z", "2026-11-02T23:00:00Z")
                == "Monday, 2 November 2026, 23:00–24:00 (Europe/Berlin, UTC+1)"
        )
    }

    /// 25 October 2026: 02:30 comes twice, and only the offset tells which is meant.
    @Test func whenTheClockIsTurnedBothOffsetsAreShown() throws {
        #expect(
            try text("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")
                == "Sunday, 25 October 2026, 02:30–02:30 (Europe/Berlin, UTC+2, at the end UTC+1)"
        )
    }

    @Test func aSubjectHasAShortDate() throws {
        let time = TimeText(zone: try ZoneDatabase().zone("Europe/Berlin"))
        #expect(time.short(NoticeFixture.instant("2026-11-02T08:00:00Z")) == "Mon 2 Nov 2026, 09:00")
    }
}
