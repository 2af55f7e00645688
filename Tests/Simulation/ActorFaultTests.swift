import TestSupport
@testable import JSON
@testable import SQL
import Scheduling
import Testing

@testable import AlmanacRuntime
@testable import TenantActors

/// Single faults at single moments: what random schedules meet too rarely to rely on.
@Suite struct ActorFaultTests {
    private let nine = Instant(rfc3339: "2026-06-01T09:00:00Z")!

    /// The write that ends a hold fails while a booking of its time already waits behind it.
    @Test func aBookingOfAnExpiredHoldsTimeOutlivesTheFailureOfItsExpiry() throws {
        for seed in UInt64(1)...60 {
            let scene = try Scene(seed: seed)
            _ = scene.alone { try await scene.hold(at: nine) }
            scene.clock.advance(seconds: 301)
            scene.process.database.script([.failed])
            let contact = scene.contact()
            let answers = scene.together(
                { try await scene.expireHolds() },
                {
                    for _ in 0..<(seed % 12) { await scene.executor.pause() }
                    return try await scene.book(at: nine, by: contact)
                }
            )
            switch answers[1] {
            case .failed(CommandError.unavailable), .done: break
            case .failed, .none: Issue.record("seed \(seed): \(answers[1])")
            }
            #expect(scene.ledger.violations == [], "seed \(seed)")
        }
    }

    /// A release that could not be written leaves the hold to the clock, whatever was answered meanwhile.
    @Test func aHoldWhoseReleaseFailedEndsByTheClock() throws {
        for seed in UInt64(1)...60 {
            let scene = try Scene(seed: seed)
            let hold = try #require(scene.alone { try await scene.hold(at: nine) }.id)
            scene.process.database.script([.failed])
            let answers = scene.together(
                { try await scene.release(hold) },
                {
                    for _ in 0..<(seed % 12) { await scene.executor.pause() }
                    return try await scene.isOffered(nine) ? hold : nil
                }
            )
            #expect(answers[0].error != nil, "the release was to fail")
            scene.clock.advance(seconds: 301)
            let offered = scene.alone { try await scene.isOffered(nine) ? hold : nil }
            #expect(offered.id == hold, "seed \(seed): an answer outlived the hold it was made with")
        }
    }

    /// A full log refuses what was decided already: its time must not stay taken.
    @Test func aBookingThatTheLogRefusesLeavesItsTimeFree() throws {
        var refusals = 0
        for seed in UInt64(1)...20 {
            let scene = try Scene(seed: seed, maxQueued: 1)
            let starts = (0..<3).map { nine.adding(minutes: 30 * $0) }
            let contacts = (0..<3).map { scene.contact("\($0)@example.org") }
            let answers = scene.together(
                { try await scene.book(at: starts[0], by: contacts[0]) },
                { try await scene.book(at: starts[1], by: contacts[1]) },
                { try await scene.book(at: starts[2], by: contacts[2]) }
            )
            for (start, answer) in zip(starts, answers) {
                let isOffered = scene.alone { try await scene.isOffered(start) ? ID(high: 1, low: 1) : nil }.id != nil
                guard case .failed(CommandError.overloaded) = answer else {
                    #expect(answer.id != nil && !isOffered, "seed \(seed): \(answer)")
                    continue
                }
                refusals += 1
                #expect(isOffered, "seed \(seed): a refused booking keeps its time")
            }
        }
        #expect(refusals > 0)
    }

    /// Another process took over and went away again: the first booking finds out, and is booked all the same.
    @Test func anActorThatWasFencedIsReplacedAtOnce() throws {
        let scene = try Scene()
        _ = scene.alone {
            _ = try await scene.isOffered(nine)
            return nil
        }
        _ = try scene.record.store.openHead(
            scene.tenant.calendars[0], of: scene.tenant.principal.organizationID)
        let contact = scene.contact()
        let answer = scene.alone { try await scene.book(at: nine, by: contact) }
        #expect(answer.id != nil, "\(answer)")
    }

    /// The process was away for longer than activation looks back.
    @Test func aHoldThatEndedDaysAgoIsEndedByTheNextProcess() throws {
        let scene = try Scene()
        let hold = try #require(scene.alone { try await scene.hold(at: nine) }.id)
        scene.restart()
        scene.clock.advance(seconds: 5 * 86_400)
        _ = scene.alone { try await scene.expireHolds() }
        #expect(
            scene.record.exists("SELECT 1 FROM events WHERE subject_id = $1 AND type = 'hold.expired'", [.id(hold)])
        )
    }

    /// Another way into the record made the contact first: the booking finds that one.
    @Test func aHeldBookingFindsTheContactThatAnotherWayMade() throws {
        let scene = try Scene()
        let organizationID = scene.tenant.principal.organizationID
        let hold = try #require(scene.alone { try await scene.hold(at: nine) }.id)
        let other = scene.contact()
        let audit = AuditEntry(
            id: ID(high: 1, low: 1), action: "test", targetID: organizationID, principal: "test", requestID: "",
            at: scene.clock.now()
        )
        let written = scene.record.write([
            Change(
                key: organizationID, organizationID: organizationID, generation: nil,
                rows: ContactWrites.offer(other, organization: organizationID, at: scene.clock.now()), audit: audit
            )
        ])
        guard case .committed = written[0] else { throw StoreError(.statement, written[0].label) }
        let answer = scene.alone { try await scene.book(at: nine, by: scene.contact(), hold: hold) }
        #expect(answer.id == hold, "\(answer)")
        #expect(
            scene.record.exists(
                "SELECT 1 FROM appointments WHERE id = $1 AND contact_id = $2", [.id(hold), .id(other.id)])
        )
    }

    /// Whether the new settings are in force nobody knows, so the actor in memory must not say.
    @Test func anActorOfUnknownOutcomeDoesNotAnswerItsSettings() throws {
        let scene = try Scene()
        scene.process.database.script([.writtenUnknown])
        let answer = scene.alone {
            try await scene.process.tenants.calendars.with(
                CalendarKey(organization: scene.tenant.principal.organizationID, calendar: scene.tenant.calendars[0])
            ) { calendar in
                do throws(CommandError) {
                    _ = try await calendar.update(.merge(["name": "New"]), ifMatch: nil, scene.context("update"))
                } catch {
                    guard case .outcomeUnknown = error else { throw error }
                }
                _ = try await calendar.current()
                return nil
            }
        }
        guard case .failed(CommandError.retired) = answer else { throw StoreError(.statement, "\(answer)") }
    }
}
