import TestSupport
import AlmanacRuntime
import Scheduling
import Testing

@testable import TenantActors

/// A random life of a calendar: whatever happens, a view is what the availability function says.
@Suite struct FeedWalkTests {
    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func aViewIsAlwaysWhatIsOffered(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var calendar = FeedFixture { rules in
            rules.capacity = .random(in: 1...3, using: &random)
            rules.minNotice = [0, 45].randomElement(using: &random)!
            rules.horizonDays = [3, 60].randomElement(using: &random)!
            rules.maxBookingsPerDay = [nil, 4].randomElement(using: &random)!
            rules.buffers.after = [0, 15].randomElement(using: &random)!
        }
        let windows = [
            FeedView.Window(range: FeedFixture.week, zone: nil, duration: 30),
            FeedView.Window(range: FeedFixture.week, zone: nil, duration: 60),
            FeedView.Window(
                range: RangeQuery(
                    from: .instant(FeedFixture.start), to: .instant(FeedFixture.start.adding(minutes: 1_000))),
                zone: nil, duration: nil),
        ]
        var views = windows.map { FeedView($0, of: &calendar.state, now: calendar.now) }
        var shown = views.map(\.slots)
        var pending: [Decision] = []
        for step in 0..<200 {
            act(&calendar, &pending, &random)
            let touched = calendar.state.takeTouched()
            for index in views.indices {
                let delta = views[index].update(touched, &calendar.state, now: calendar.now)
                shown[index] = apply(delta, to: shown[index])
                let fresh = calendar.state.availability(
                    in: views[index].span, duration: windows[index].duration ?? 30, now: calendar.now
                )
                #expect(views[index].slots == fresh.slots, "seed \(seed), step \(step), window \(index)")
                #expect(shown[index] == fresh.slots, "seed \(seed), step \(step), window \(index)")
            }
        }
    }

    private func act(_ calendar: inout FeedFixture, _ pending: inout [Decision], _ random: inout SplitMix) {
        let start = FeedFixture.start.adding(days: .random(in: 0...4, using: &random))
            .adding(minutes: 60 + 30 * .random(in: 0..<16, using: &random))
        let owner = ID(high: 5, low: random.next())
        let now = calendar.now
        let entry = calendar.state.occupancy.entries.randomElement(using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1:
            let minutes = [30, 60].randomElement(using: &random)!
            (try? calendar.state.decideBooking(owner: owner, start: start, duration: minutes, now: now)).map {
                pending.append($0)
            }
        case 2:
            (try? calendar.state.decideHold(owner: owner, start: start, duration: nil, now: now)).map {
                pending.append($0)
            }
        case 3: pending += calendar.state.decideExpiry(now: now)
        case 4:
            if let entry, !entry.isInFlight { pending.append(calendar.state.decideVacating(entry.owner)) }
        case 5: calendar.now = now.adding(seconds: .random(in: 0...2_000, using: &random))
        default:
            guard !pending.isEmpty else { return }
            let decision = pending.removeFirst()
            if Int.random(in: 0..<4, using: &random) == 0 {
                calendar.state.abandon(decision)
            } else {
                calendar.state.apply(decision, seq: calendar.state.seq + 1)
            }
        }
    }

    private func apply(_ delta: SlotDelta, to slots: [Slot]) -> [Slot] {
        var byStart = Dictionary(uniqueKeysWithValues: slots.map { ($0.start, $0) })
        for slot in delta.removed { byStart[slot.start] = nil }
        for slot in delta.added { byStart[slot.start] = slot }
        return byStart.values.sorted { $0.start < $1.start }
    }
}
