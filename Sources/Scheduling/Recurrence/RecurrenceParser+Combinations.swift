extension RecurrenceParser {
    /// Refuses parts that RFC 5545 §3.3.10 does not allow together, or that would mean nothing.
    mutating func checkTogether(_ parts: RecurrenceParts) {
        let frequency = parts.frequency
        if parts.count != nil, parts.until != nil {
            refuse("UNTIL", "not_with_count", "cannot be given together with COUNT")
        }
        if !parts.weekNumbers.isEmpty, frequency != .yearly {
            refuse("BYWEEKNO", "not_in_frequency", "can be given with FREQ=YEARLY only")
        }
        if !parts.yearDays.isEmpty, frequency != .yearly {
            refuse("BYYEARDAY", "not_in_frequency", "can be given with FREQ=YEARLY only")
        }
        if !parts.monthDays.isEmpty, frequency == .weekly {
            refuse("BYMONTHDAY", "not_in_frequency", "cannot be given with FREQ=WEEKLY")
        }
        if parts.days.contains(where: { $0.ordinal != 0 }) {
            if frequency == .daily || frequency == .weekly {
                refuse("BYDAY", "not_in_frequency", "can number weekdays with FREQ=MONTHLY or YEARLY only")
            } else if !parts.weekNumbers.isEmpty {
                refuse("BYDAY", "not_with_weekno", "cannot number weekdays together with BYWEEKNO")
            }
        }
        let hasOther =
            !(parts.months.isEmpty && parts.weekNumbers.isEmpty && parts.yearDays.isEmpty && parts.monthDays.isEmpty
            && parts.days.isEmpty)
        if !parts.positions.isEmpty, !hasOther {
            refuse("BYSETPOS", "needs_other_part", "needs another BY part to choose from")
        }
    }
}
