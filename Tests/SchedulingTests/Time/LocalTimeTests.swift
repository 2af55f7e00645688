import Scheduling
import Testing

@Suite struct LocalTimeTests {
    @Test func everyMinuteSurvivesPrintingAndReading() {
        for minute in 0..<1_440 {
            let time = LocalTime(minuteOfDay: minute)
            #expect(time?.minuteOfDay == minute)
            #expect(time.flatMap { LocalTime(hhmm: $0.description) } == time)
        }
        #expect(LocalTime(hhmm: "09:30")?.description == "09:30")
    }

    @Test func theEndOfTheDayIsReadOnlyOnRequest() {
        #expect(LocalTime(hhmm: "24:00") == nil)
        #expect(LocalTime(hhmm: "24:00", allowing24: true)?.minuteOfDay == 1_440)
        #expect(LocalTime(hhmm: "24:00", allowing24: true)?.description == "24:00")
        #expect(LocalTime(hhmm: "24:01", allowing24: true) == nil)
        #expect(LocalTime(minuteOfDay: 1_441) == nil)
        #expect(LocalTime(minuteOfDay: -1) == nil)
    }

    @Test(arguments: [
        "", "9:30", "09:3", "0930", "09:60", "25:00", "09:30:00", " 09:30", "09-30", "0a:30", "٠٩:٣٠", "99:59",
    ])
    func anythingButTwoAndTwoDigitsIsRefused(text: String) {
        #expect(LocalTime(hhmm: text, allowing24: true) == nil)
    }
}

@Suite struct WeekdayTests {
    @Test func weeksRunFromMondayToSunday() {
        #expect(Weekday.allCases.map(\.rawValue) == Array(0...6))
        #expect(Weekday.monday < .sunday)
        #expect(Weekday.allCases.sorted() == Weekday.allCases)
    }

    @Test func namesAreExact() {
        for weekday in Weekday.allCases { #expect(Weekday(name: weekday.name) == weekday) }
        for name in ["", "Monday", "MONDAY", "mon", "monday "] { #expect(Weekday(name: name) == nil) }
    }
}
