/// The local dates on which something happens: those of a rule, more dates, and fewer.
public struct Recurrence: Hashable, Sendable {
    public let rule: RecurrenceRule
    /// The first date the rule may give (DTSTART); it is no occurrence unless the rule matches it.
    public let startsOn: CivilDate
    /// The wall-clock minute at which an occurrence begins, 0…1439: `UNTIL` is compared with it.
    public let startMinute: Int
    /// Dates that are taken out (EXDATE).
    public let exdates: Set<CivilDate>
    /// Dates that are put in (RDATE).
    public let rdates: Set<CivilDate>

    public init(
        rule: RecurrenceRule, startsOn: CivilDate, startMinute: Int, exdates: Set<CivilDate> = [],
        rdates: Set<CivilDate> = []
    ) {
        self.rule = rule
        self.startsOn = startsOn
        self.startMinute = startMinute
        self.exdates = exdates
        self.rdates = rdates
    }

    /// Its dates from one to another, both included, in order.
    public func dates(from: CivilDate, through: CivilDate, in zone: Zone) -> [CivilDate] {
        rdates.subtracting(exdates).filter { from <= $0 && $0 <= through }.sorted()
    }
}
