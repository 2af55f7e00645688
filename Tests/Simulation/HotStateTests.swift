import TestSupport
@testable import SQL
import Foundation
import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime
@testable import TenantActors

/// Two nodes and a hot store between them.
@Suite struct HotStateTests {
    private static let isTrial = ProcessInfo.processInfo.environment["ALMANAC_TRIALS"] != nil
    /// The seed that `ALMANAC_TRACE` names runs alone, and tells what it did.
    private static let traced = ProcessInfo.processInfo.environment["ALMANAC_TRACE"].flatMap { UInt64($0) }
    static let seeds: [UInt64] = traced.map { [$0] } ?? Array(1...(isTrial ? 400 : 60))
    private let nine = Instant(rfc3339: "2026-06-01T09:00:00Z")!

    @Test(arguments: seeds)
    func noFaultOfTheStoreMakesTheReaderDiffer(seed: UInt64) throws {
        let schedule = try HotSchedule(seed: seed)
        try schedule.play()
        #expect(schedule.ledger.violations == [], "seed \(seed), \(schedule.plan)")
        if Self.traced == seed {
            print(schedule.ledger.trace.joined(separator: "\n"))
            print(schedule.ledger.counts.sorted { $0.key < $1.key })
        }
    }

    /// The store answers late; a booking that was answered shows on the other node all the same.
    @Test func whatWasAnsweredShowsOnTheOtherNode() throws {
        for seed in UInt64(1)...30 {
            let scene = try HotScene(seed: seed)
            #expect(scene.isOffered(nine, by: scene.reader) == true)
            #expect(scene.book(nine).id != nil)
            #expect(scene.isOffered(nine, by: scene.reader) == false, "seed \(seed)")
        }
    }

    @Test func aBookingDoesNotWaitForAStoreThatIsAway() throws {
        let scene = try HotScene()
        scene.ownerStore.setReachable(false)
        #expect(scene.book(nine).id != nil)
        // The reader's question to the store says nothing new: for a second it is believed.
        scene.clock.advance(seconds: 1)
        #expect(scene.isOffered(nine, by: scene.reader) == false)
    }

    @Test func aBookingWaitsForASlowStoreButNotForEver() throws {
        let scene = try HotScene()
        _ = scene.book(nine)
        scene.ownerStore.hold(true)
        let answer = scene.begin { try await scene.submit(self.nine.adding(minutes: 30)) }
        scene.executor.run()
        guard case .none = answer.value else { throw StoreError(.statement, "it did not wait") }
        scene.clock.advance(seconds: 1)
        scene.owner.tenants.services.hotState?.endOverdue()
        scene.executor.run()
        #expect(answer.value.id != nil)
    }

    /// A difference does not fit what is gone: the command that finds out puts everything there before it is answered.
    @Test func anEmptiedStoreIsFilledByTheNextBooking() throws {
        let scene = try HotScene()
        _ = scene.book(nine)
        scene.server.flush()
        _ = scene.book(nine.adding(minutes: 30))
        let kept = try #require(scene.server.record(HotCalendar.key(scene.key)))
        #expect(HotCalendar(kept)?.entries.count == 2)
    }

    @Test func theTickerFillsAStoreThatWasAway() throws {
        let scene = try HotScene()
        _ = scene.book(nine)
        scene.ownerStore.setReachable(false)
        _ = scene.book(nine.adding(minutes: 30))
        scene.ownerStore.setReachable(true)
        let key = scene.key
        let (tenants, now) = (scene.owner.tenants, scene.clock.now())
        _ = scene.run {
            for due in await tenants.calendarsDue(now) { await tenants.tick(due) }
            return nil
        }
        #expect(scene.server.record(HotCalendar.key(key)).flatMap(HotCalendar.init)?.entries.count == 2)
    }

    /// The store answers, but its owner may be cut off from it; and the record does not answer either.
    @Test func aReplicaThatCanBeSureOfNothingDoesNotAnswer() throws {
        let scene = try HotScene()
        _ = scene.book(nine.adding(minutes: 60))
        #expect(scene.isOffered(nine, by: scene.reader) == true)
        scene.reader.database.cut()
        #expect(scene.isOffered(nine, by: scene.reader) == true)
        scene.clock.advance(seconds: 3)
        #expect(scene.isOffered(nine, by: scene.reader) == nil)
    }

    @Test func aMemberSeesOnlyItsOwnCalendarsOnTheReaderToo() throws {
        let scene = try HotScene()
        let member = Principal(
            organizationID: scene.tenant.principal.organizationID, credential: "jwt:m", scopes: [], member: "m"
        )
        let answer = scene.run {
            let query = AvailabilityQuery(range: Tenant.range)
            _ = try await scene.reader.tenants.availability(scene.tenant.calendars[0], query, for: member)
            return nil
        }
        guard case .failed(CommandError.notFound) = answer else { throw StoreError(.statement, "\(answer)") }
    }

    @Test func anOwnerStartsWarmWithOneStatement() throws {
        let scene = try HotScene()
        for hour in 0..<4 { _ = scene.book(nine.adding(minutes: 30 * Int(hour))) }
        let cold = scene.restart()
        scene.server.flush()
        let coldSlots = scene.slots(cold)
        let coldReads = cold.database.reads
        let warm = scene.restart()
        let warmSlots = scene.slots(warm)
        #expect(warmSlots == coldSlots)
        #expect(warmSlots?.contains { $0.start == nine } == false)
        #expect((warm.database.reads, coldReads) == (1, 5))
        // It goes on from what it found.
        _ = scene.book(nine.adding(minutes: 120), at: warm)
        #expect(scene.ownerStore.sent.last?.base != nil)
        #expect(scene.isOffered(nine.adding(minutes: 120), by: scene.reader) == false)
    }

    /// A state that is behind the record, or of another calendar, or that nobody can read, is not used.
    @Test(arguments: ["behind", "format", "foreign", "ahead", "entry", "settings", "openingRules", "shares"])
    func aStateThatIsNotTheRecordsIsNotUsed(what: String) throws {
        let scene = try HotScene()
        _ = scene.book(nine)
        let key = HotCalendar.key(scene.key)
        var kept = try #require(scene.server.record(key))
        let old = kept
        _ = scene.book(nine.adding(minutes: 60))
        if what != "behind" { kept = try #require(scene.server.record(key)) }
        switch what {
        case "behind": kept = old
        case "format": kept.fields[HotCalendar.recordField]?[0] = 99
        case "ahead": kept.version.epoch += 10
        case "entry": kept.fields["nonsense"] = [1]
        case "settings", "openingRules", "shares":
            // Of a record that was put back to an earlier state: the same number, and other settings.
            var record = try #require(HotCalendar(kept)?.record)
            switch what {
            case "settings": record.version += 1
            case "openingRules": record.openingRulesVersion += 1
            default:
                record.shares.append(
                    CalendarShare(
                        id: ID(high: 1, low: 3), grantee: .organization, permission: .manage, expiresAt: nil,
                        createdAt: record.createdAt
                    )
                )
            }
            kept.fields[HotCalendar.recordField] = HotRecordField.encode(record)
        default:
            let record = try #require(HotCalendar(kept)?.record)
            let foreign = CalendarRecord(
                id: record.id, organizationID: ID(high: 1, low: 2), settings: record.settings, version: record.version,
                createdAt: record.createdAt, updatedAt: record.updatedAt
            )
            kept.fields[HotCalendar.recordField] = HotRecordField.encode(foreign)
        }
        let process = scene.restart()
        scene.server.set(key, kept)
        let slots = try #require(scene.slots(process))
        #expect(!slots.contains { $0.start == nine || $0.start == nine.adding(minutes: 60) })
        #expect(process.database.reads == 5)
    }

    /// The record was put back to an earlier state and the store was not emptied, so that the store is ahead of it.
    @Test func whatTheStoreHasBeyondTheRecordIsNotBelieved() throws {
        let scene = try HotScene()
        _ = scene.book(nine)
        var kept = try #require(scene.server.record(HotCalendar.key(scene.key)))
        kept.version.seq += 50
        kept.fields = kept.fields.filter { $0.key == HotCalendar.recordField }
        scene.server.set(HotCalendar.key(scene.key), kept)
        for _ in 0..<3 {
            #expect(scene.isOffered(nine, by: scene.reader) == false)
            #expect(scene.isOffered(nine.adding(minutes: 30), by: scene.reader) == true)
            scene.clock.advance(seconds: 2)
        }
        let process = scene.restart()
        #expect(scene.isOffered(nine, by: process) == false)
    }

    /// What a replica was told beyond the record is gone again within seconds, whether somebody asks or only watches.
    @Test(arguments: [true, false])
    func aReplicaThatIsAheadOfTheRecordGoesBackToIt(isAsked: Bool) throws {
        let scene = try HotScene()
        let sink = LineSink()
        _ = scene.book(nine)
        scene.watch(scene.reader, sink)
        #expect(scene.isOffered(nine, by: scene.reader) == false)
        let kept = try #require(scene.server.record(HotCalendar.key(scene.key)))
        let owner = try #require(HotCalendar(kept)?.entries.first?.owner)
        let next = HotVersion(epoch: kept.version.epoch, seq: .max - 1)
        var write = HotWrite(key: HotCalendar.key(scene.key), base: kept.version, version: next)
        write.remove = [HotCalendar.field(of: owner)]
        write.message = HotChanges(base: kept.version.seq, steps: [HotStep(seq: next.seq, .vacate(owner: owner))]).bytes
        scene.readerStore.write(write) { _ in }
        scene.follow()
        scene.clock.advance(seconds: 2)
        if !isAsked { for _ in 0..<2 { scene.tick() } }
        #expect(scene.isOffered(nine, by: scene.reader) == false)
        // Who watches begins anew.
        #expect(sink.lines.last == "ended")
        // It follows on, and is not frozen.
        _ = scene.book(nine.adding(minutes: 30))
        #expect(scene.isOffered(nine.adding(minutes: 30), by: scene.reader) == false)
    }

    /// A change of an opening rule is a change like any other: the other node answers by it, and an owner starts with it, warm or
    /// cold.
    @Test(arguments: [true, false])
    func aOpeningRuleIsSharedWithTheCalendar(isWarm: Bool) throws {
        let scene = try HotScene()
        let (near, far) = (LineSink(), LineSink())
        scene.watch(scene.owner, near)
        scene.watch(scene.reader, far)
        #expect(scene.isOffered(nine, by: scene.reader) == true)
        let interval = try #require(MinuteInterval(startMinute: 540, endMinute: 570))
        let added = scene.change { calendar async throws(CommandError) in
            try await calendar.add(BreakTime(.weekdays([.monday]), interval), scene.context("break")).id
        }
        #expect(added.id != nil)
        #expect(scene.isOffered(nine, by: scene.reader) == false)
        #expect(scene.isOffered(nine.adding(days: 1), by: scene.reader) == true)
        scene.follow()
        // Both Mondays of the window, by the one event.
        #expect(near.lines.last == "slots 0→1 -2 +0")
        #expect(far.lines == near.lines)
        if !isWarm { scene.server.flush() }
        let process = scene.restart()
        #expect(scene.isOffered(nine, by: process) == false)
        #expect(process.database.reads == (isWarm ? 1 : 5))
    }

    /// What the reader has missed is in the record: it notices that only the opening rules are others.
    @Test func aOpeningRuleThatNoMessageToldIsFound() throws {
        let scene = try HotScene()
        #expect(scene.isOffered(nine, by: scene.reader) == true)
        scene.ownerStore.setReachable(false)
        let date = try #require(CivilDate(iso: "2026-06-01"))
        _ = scene.change { calendar async throws(CommandError) in
            try await calendar.add(BlackoutDate(from: date, through: date), scene.context("blackout")).id
        }
        scene.clock.advance(seconds: 1)
        #expect(scene.isOffered(nine, by: scene.reader) == false)
    }

    /// What was told to a watcher of the other node: under the owner's numbers, each event by itself.
    @Test func aWatcherOfTheReaderHearsWhatAWatcherOfTheOwnerHears() throws {
        let scene = try HotScene()
        let (near, far) = (LineSink(), LineSink())
        scene.watch(scene.owner, near)
        scene.watch(scene.reader, far)
        _ = scene.book(nine)
        _ = scene.book(nine.adding(minutes: 30))
        scene.follow()
        #expect(near.lines == far.lines)
        #expect(far.lines.count == 5, "\(far.lines)")
    }

    /// Messages are lost while the store says nothing of it: two ticks later all is told, under its own number.
    @Test func whatNoMessageToldIsFoundInTheRecord() throws {
        let scene = try HotScene()
        let sink = LineSink()
        scene.watch(scene.reader, sink)
        scene.ownerStore.setReachable(false)
        _ = scene.book(nine)
        _ = scene.book(nine.adding(minutes: 30))
        for _ in 0..<2 {
            #expect(sink.lines.count == 1)
            scene.tick()
            scene.clock.advance(seconds: 1)
        }
        let first = try #require(sink.seqs.first)
        #expect(
            sink.lines.dropFirst() == [
                "appointment \(first + 1)", "slots \(first)→\(first + 2) -2 +0", "appointment \(first + 2)",
            ])
        #expect(sink.lines.count == 4)
    }

    /// A gap in the messages is noticed with the next one.
    @Test func aGapInTheMessagesIsClosedFromTheStore() throws {
        let scene = try HotScene()
        let sink = LineSink()
        scene.watch(scene.reader, sink)
        scene.readerStore.setReachable(false)
        scene.executor.run()
        _ = scene.book(nine)
        scene.readerStore.setReachable(true)
        _ = scene.book(nine.adding(minutes: 30))
        scene.follow()
        let first = try #require(sink.seqs.first)
        #expect(sink.appointments == [first + 1, first + 2])
    }

    /// The store itself says nothing of what it lost.
    @Test func aLostMessageIsNoticedWithTheNext() throws {
        let scene = try HotScene()
        _ = scene.book(nine)
        let sink = LineSink()
        scene.watch(scene.reader, sink)
        scene.follow()
        scene.server.loseMessages(2)
        _ = scene.book(nine.adding(minutes: 30))
        _ = scene.book(nine.adding(minutes: 60))
        scene.follow()
        #expect(sink.lines.count == 1)
        _ = scene.book(nine.adding(minutes: 90))
        scene.follow()
        let first = try #require(sink.seqs.first)
        #expect(sink.appointments == [first + 1, first + 2, first + 3])
        #expect(sink.lines.contains("slots \(first)→\(first + 3) -3 +0"), "\(sink.lines)")
    }

    @Test func aReplicaThatMakesWayEndsItsSubscriptions() throws {
        let scene = try HotScene()
        let sink = LineSink()
        scene.watch(scene.reader, sink)
        let shards = (0..<Shard.count).compactMap(Shard.init)
        let tenants = scene.reader.tenants
        _ = scene.run {
            await tenants.gained(shards)
            return nil
        }
        #expect(sink.lines.last == "ended")
        #expect(tenants.replicas?.calendars.count == 0)
    }

    @Test func aDeletedCalendarIsGoneOnTheReaderToo() throws {
        let scene = try HotScene()
        let sink = LineSink()
        scene.watch(scene.reader, sink)
        _ = scene.run {
            try await scene.owner.tenants.calendar(
                scene.tenant.calendars[0], for: scene.tenant.principal, needing: .manage
            ) {
                calendar async throws(CommandError) in
                try await calendar.delete(DeleteCalendar(), ifMatch: nil, scene.context("delete"))
            }
            return nil
        }
        scene.follow()
        #expect(sink.lines.last == "ended")
        #expect(scene.isOffered(nine, by: scene.reader) == nil)
    }

    @Test func anotherOrganizationsCalendarIsNotThere() throws {
        let scene = try HotScene()
        #expect(scene.isOffered(nine, by: scene.reader) == true)
        let stranger = Principal(organizationID: ID(high: 1, low: 1), credential: "api_key:s", scopes: [])
        let answer = scene.run {
            let query = AvailabilityQuery(range: Tenant.range)
            _ = try await scene.reader.tenants.availability(scene.tenant.calendars[0], query, for: stranger)
            return nil
        }
        guard case .failed(CommandError.notFound) = answer else { throw StoreError(.statement, "\(answer)") }
    }
}
