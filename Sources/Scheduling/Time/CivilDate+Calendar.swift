// The Gregorian arithmetic. Years are counted from 1 March inside, so that the leap day comes last and months
// have a regular pattern (H. Hinnant, "chrono-compatible low-level date algorithms").

extension CivilDate {
    /// Year, month (1…12) and day (1…31) in one computation.
    public var components: (year: Int, month: Int, day: Int) {
        // 0000-03-01 is day −719 468: unsigned from here on, division by constants is then cheapest.
        let days = UInt32(truncatingIfNeeded: Int(dayNumber) + 719_468)
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(day))
    }

    /// Days since 1970-01-01 of a date that exists. Also for a few years outside 1…9999, which zone rules look at.
    static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        // Counting from the year −400 keeps every term positive.
        let shiftedYear = (month <= 2 ? year - 1 : year) + 400
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let leapDays = shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400
        return shiftedYear * 365 + leapDays + dayOfYear - 719_468 - 146_097
    }

    /// Whether a proleptic Gregorian year has 366 days.
    public static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// 28…31 for a month of 1…12; 0 for any other number.
    public static func daysInMonth(_ month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        case 1, 3, 5, 7, 8, 10, 12: 31
        default: 0
        }
    }
}
