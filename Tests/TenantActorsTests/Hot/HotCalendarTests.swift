import TestSupport
@testable import JSON
@testable import SQL
import Scheduling
import Testing

@testable import AlmanacRuntime
@testable import TenantActors

@Suite struct HotCalendarTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func whatIsWrittenIsRead(seed: UInt64) throws {
        var random = RandomHotCalendar(seed: seed)
        let (record, entries) = (random.record(), random.entries(Int.random(in: 0..<60, using: &random.source)))
        let kept = HotRecord(
            version: HotVersion(epoch: 3, seq: 9),
            fields: Dictionary(uniqueKeysWithValues: HotCalendar.fields(record, entries).map { ($0.field, $0.value) })
        )
        let read = try #require(HotCalendar(kept))
        #expect(read.version == kept.version)
        #expect(Set(read.entries) == Set(entries))
        #expect(read.record.json == record.json)
        #expect(read.record.settings == record.settings)
        #expect(read.record.organizationID == record.organizationID)
        #expect(read.record.isDeleted == record.isDeleted)
        #expect(read.record.openingRules == record.openingRules)
        #expect(read.record.openingRulesVersion == record.openingRulesVersion)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func whatIsToldIsHeard(seed: UInt64) throws {
        var random = RandomHotCalendar(seed: seed)
        let changes = random.changes()
        let read = try #require(HotChanges(changes.bytes))
        #expect(read.bytes == changes.bytes)
        #expect(read.base == changes.base)
        #expect(read.steps.map(\.seq) == changes.steps.map(\.seq))
        #expect(read.steps.map(\.set) == changes.steps.map(\.set))
        #expect(read.steps.map(\.removed) == changes.steps.map(\.removed))
        #expect(read.steps.map { $0.record?.json } == changes.steps.map { $0.record?.json })
        #expect(read.steps.map { $0.record?.openingRules } == changes.steps.map { $0.record?.openingRules })
        #expect(read.steps.map { $0.happening?.payload } == changes.steps.map { $0.happening?.payload })
        #expect(read.steps.map { $0.happening?.spans } == changes.steps.map { $0.happening?.spans })
    }

    /// Cut short, altered, or made up: nothing or something, never a trap, and what is read can be reckoned with.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func bytesOfNobodyDoNoHarm(seed: UInt64) throws {
        var random = RandomHotCalendar(seed: seed)
        let record = HotRecordField.encode(random.record())
        let entry = HotEntry.encode(random.entries(1)[0])
        let changes = random.changes().bytes
        for original in [record, entry, changes] {
            for round in 0..<200 {
                var bytes = original
                switch round % 4 {
                case 0: bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random.source)))
                case 1: bytes[Int.random(in: bytes.indices, using: &random.source)] ^= random.byte()
                case 2: bytes = (0..<Int.random(in: 0..<200, using: &random.source)).map { _ in random.byte() }
                default:
                    for _ in 0..<8 { bytes[Int.random(in: bytes.indices, using: &random.source)] = random.byte() }
                }
                if round % 4 == 0 { #expect(HotChanges(bytes) == nil || original != changes) }
                _ = HotChanges(bytes)
                if let entry = HotEntry.decode(bytes, owner: ID(high: 1, low: 1)) {
                    var state = CalendarState(rules: SchedulingRules(zone: .utc), entries: [entry])
                    let day = Span(entry.span.start.adding(days: -1), entry.span.end.adding(days: 1))
                    _ = state.availability(in: day, duration: 30, now: entry.span.start.adding(days: -2))
                }
                if let record = HotRecordField.decode(bytes) {
                    _ = record.json
                    var state = CalendarState(rules: record.rules(zone: .utc))
                    let start = Instant(rfc3339: "2026-11-03T08:00:00Z")!
                    _ = state.availability(in: Span(start, start.adding(days: 2)), duration: 30, now: start)
                }
            }
        }
    }

    @Test func aFieldOfAnotherFormatMakesItAllNothing() {
        var random = RandomHotCalendar(seed: 1)
        let fields = Dictionary(
            uniqueKeysWithValues: HotCalendar.fields(random.record(), random.entries(3)).map { ($0.field, $0.value) }
        )
        for field in fields.keys {
            var altered = fields
            altered[field]?[0] = HotCalendar.format + 1
            #expect(HotCalendar(HotRecord(version: HotVersion(epoch: 1, seq: 1), fields: altered)) == nil)
        }
        var lacking = fields
        lacking[HotCalendar.recordField] = nil
        #expect(HotCalendar(HotRecord(version: HotVersion(epoch: 1, seq: 1), fields: lacking)) == nil)
    }

    @Test func aLargeCalendarIsReadWhole() throws {
        var random = RandomHotCalendar(seed: 1)
        let fields = HotCalendar.fields(random.record(), random.entries(5_000))
        let kept = HotRecord(
            version: HotVersion(epoch: 1, seq: 1),
            fields: Dictionary(uniqueKeysWithValues: fields.map { ($0.field, $0.value) })
        )
        let clock = ContinuousClock()
        var count = 0
        let time = clock.measure { count = HotCalendar(kept)?.entries.count ?? 0 }
        #expect(count == 5_000)
        print("5,000 entries decoded in \(time)")
    }
}

/// Calendars that could be, and some that could hardly.
struct RandomHotCalendar {
    var source: SplitMix
    private var owners: UInt64 = 0

    init(seed: UInt64) {
        source = SplitMix(seed: seed)
    }

    mutating func byte() -> UInt8 { UInt8.random(in: 0...255, using: &source) }

    private mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &source) }

    private mutating func text() -> String? {
        ["", "Zoë's \u{1F4C5} \"room\"", "a\nb", nil].randomElement(using: &source)!
    }

    mutating func entries(_ count: Int) -> [Occupancy.Entry] {
        (0..<count).map { _ in
            owners += 1
            let start = Instant(rfc3339: "2026-11-03T08:00:00Z")!.adding(minutes: int(0...200_000))
            let isHold = int(0...3) == 0
            return Occupancy.Entry(
                owner: ID(high: source.next(), low: owners), span: Span(start, start.adding(minutes: int(1...1_440))),
                seat: [int(0...999), int(0...2_147_483_647)].randomElement(using: &source)!,
                kind: isHold ? .hold : .appointment,
                expiresAt: isHold ? start.adding(minutes: -int(0...10_000)) : nil
            )
        }
    }

    mutating func record() -> CalendarRecord {
        let hours = Weekday.allCases.flatMap { day in
            int(0...1) == 0 ? [] : [(day, MinuteInterval(startMinute: int(0...1_439), endMinute: 1_440)!)]
        }
        let settings = CalendarSettings(
            name: text() ?? "x", slug: "room", description: text(), timezone: "Europe/Vienna", color: text(),
            isActive: int(0...1) == 0,
            owner: int(0...1) == 0 ? nil : .init(memberID: "m", name: text(), email: nil),
            notify: int(0...1) == 0 ? [] : ["a@example.org"], slotDuration: int(1...1_440),
            allowedDurations: [int(1...1_440)], slotInterval: int(1...1_440), minNotice: int(0...525_600),
            horizonDays: int(1...3_650), capacity: int(1...1_000),
            maxBookingsPerDay: int(0...1) == 0 ? nil : int(1...9), requiresConfirmation: int(0...1) == 0,
            cancellationNotice: int(0...99), rescheduleNotice: 0, holdMinutes: int(1...1_440),
            reminders: CalendarSettings.Reminder.standard, location: text(), businessHours: WeeklyHours(hours),
            metadata: ["k": .string(text() ?? ""), "n": .number(JSONNumber(int(-5...5)))]
        )
        let now = Instant(rfc3339: "2026-11-03T08:00:00.123456Z")!
        return CalendarRecord(
            id: ID(high: source.next(), low: 1), organizationID: ID(high: source.next(), low: 2), settings: settings,
            openingRules: openingRules(), version: int(1...99), openingRulesVersion: int(0...99), createdAt: now,
            updatedAt: now,
            isDeleted: int(0...3) == 0
        )
    }

    /// Some of the examples, or none.
    private mutating func openingRules() -> StoredOpeningRules {
        guard int(0...2) > 0, let examples = try? StoredOpeningRules.examples() else { return StoredOpeningRules() }
        let rows = examples.rows.filter { _ in int(0...1) == 0 }
        return (try? StoredOpeningRules(rows: rows.map { SQLRow($0) })) ?? StoredOpeningRules()
    }

    mutating func changes() -> HotChanges {
        var changes = HotChanges(base: Int64(int(0...1_000)), steps: [])
        for index in 0..<int(0...4) {
            let entry = entries(1)[0]
            let decisions: [Decision] = [
                .occupy(entry), .confirm(entry), .vacate(owner: entry.owner), .expire(entry), .record,
                .reconfigure(SchedulingRules(zone: .utc)),
            ]
            let isTold = int(0...1) == 0
            changes.steps.append(
                HotStep(
                    seq: changes.base + Int64(index) + 1, decisions.randomElement(using: &source)!,
                    record: int(0...2) == 0 ? record() : nil,
                    happening: isTold
                        ? .init(type: "appointment.booked", payload: Array("{}".utf8), spans: [entry.span]) : nil
                )
            )
        }
        return changes
    }
}
