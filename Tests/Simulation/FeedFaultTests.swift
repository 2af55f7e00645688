@testable import JSON
import NIOCore
import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime
@testable import TenantActors

/// What watchers are told when writes fail, at single moments.
@Suite struct FeedFaultTests {
    private let nine = Instant(rfc3339: "2026-06-01T09:00:00Z")!

    /// A booking that is under way is told with its neighbour's event; when it fails, its time has to come back at once,
    /// though no event says so.
    @Test func aTimeWhoseBookingFailedIsGivenBack() throws {
        var told = 0
        for seed in UInt64(1)...40 {
            let scene = try Scene(seed: seed)
            let slots = SlotSink()
            let place = Held<any FeedSubscription>()
            _ = scene.alone {
                let query = FeedQuery(calendarID: scene.tenant.calendars[0], range: Tenant.range)
                place.value = try await scene.process.tenants.subscribe(query, for: scene.tenant.principal, to: slots)
                return nil
            }
            scene.process.database.script([.none, .failed])
            let contacts = (0..<2).map { scene.contact("\($0)@example.org") }
            let answers = scene.together(
                { try await scene.book(at: nine, by: contacts[0]) },
                { try await scene.book(at: nine.adding(minutes: 30), by: contacts[1]) }
            )
            let free = answers.enumerated().filter { $0.element.id == nil }
                .map { nine.adding(minutes: 30 * $0.offset) }
            #expect(slots.starts.isSuperset(of: free), "seed \(seed): a time that nobody has is not shown")
            if slots.cameBack { told += 1 }
            withExtendedLifetime(place.value) {}
        }
        #expect(told > 0, "no schedule showed the time as gone meanwhile")
    }

    /// An outcome that is not known takes the actor out of service: who watches is told to ask again, and then sees
    /// what the record has.
    @Test func watchersOfAnActorOfUnknownOutcomeAreSentToTheNext() throws {
        for seed in UInt64(1)...20 {
            let scene = try Scene(seed: seed)
            let (first, second) = (SlotSink(), SlotSink())
            let place = Held<any FeedSubscription>()
            let query = FeedQuery(calendarID: scene.tenant.calendars[0], range: Tenant.range)
            let principal = scene.tenant.principal
            _ = scene.alone {
                place.value = try await scene.process.tenants.subscribe(query, for: principal, to: first)
                return nil
            }
            scene.process.database.script([.writtenUnknown])
            let contact = scene.contact()
            _ = scene.alone { try await scene.book(at: nine, by: contact) }
            #expect(first.hasEnded, "seed \(seed)")
            _ = scene.alone {
                place.value = try await scene.process.tenants.subscribe(query, for: principal, to: second)
                return nil
            }
            #expect(!second.starts.contains(nine), "seed \(seed): a booked time is shown")
        }
    }
}

/// Keeps the starts it was told of.
private final class SlotSink: FeedSink {
    private struct State {
        var starts: Set<Instant> = []
        var gone: Set<Instant> = []
        var cameBack = false
        var hasEnded = false
    }

    private let state = Mutex(State())

    var starts: Set<Instant> { state.withLock { $0.starts } }
    var cameBack: Bool { state.withLock { $0.cameBack } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    func receive(_ message: FeedMessage) {
        state.withLock { state in
            let tail = message.tail
            switch message.kind {
            case .snapshot: state.starts = Set(Self.starts(tail, "slots"))
            case .slots:
                for start in Self.starts(tail, "removed") {
                    state.starts.remove(start)
                    state.gone.insert(start)
                }
                for start in Self.starts(tail, "added") {
                    state.starts.insert(start)
                    if state.gone.contains(start) { state.cameBack = true }
                }
            case .appointment: break
            case .ended: state.hasEnded = true
            }
        }
    }

    private static func starts(_ tail: ByteBuffer, _ list: String) -> [Instant] {
        OfferedSlot.all(JSONText.parse("{\"op\":0\(tail.text)")?[list]?.array ?? []).map(\.start)
    }
}

/// Carries a value out of a closure that runs elsewhere, one after the other.
private final class Held<Value: Sendable>: Sendable {
    private let kept = Mutex<Value?>(nil)

    var value: Value? {
        get { kept.withLock { $0 } }
        set { kept.withLock { $0 = newValue } }
    }
}
