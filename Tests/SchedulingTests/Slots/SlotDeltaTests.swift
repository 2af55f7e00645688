import TestSupport
import Testing

@testable import Scheduling

@Suite struct SlotDeltaTests {
    private static func slot(_ half: Int, seats: Int = 1) -> Slot {
        let start = Instant(microseconds: Int64(half) * 1_800_000_000)
        return Slot(start: start, end: start.adding(minutes: 30), seatsAvailable: seats)
    }

    private static func random(_ random: inout some RandomNumberGenerator) -> [Slot] {
        (0..<12).compactMap { half in
            Bool.random(using: &random) ? slot(half, seats: .random(in: 1...3, using: &random)) : nil
        }
    }

    /// Removed first, then added, as clients are told to.
    private static func apply(_ delta: SlotDelta, to slots: [Slot]) -> [Slot] {
        var byStart = Dictionary(uniqueKeysWithValues: slots.map { ($0.start, $0) })
        for slot in delta.removed { #expect(byStart.removeValue(forKey: slot.start) == slot) }
        for slot in delta.added { #expect(byStart.updateValue(slot, forKey: slot.start) == nil) }
        return byStart.values.sorted { $0.start < $1.start }
    }

    @Test func aChangedNumberOfSeatsIsRemovedAsItWasAndAddedAsItIs() {
        let delta = SlotDelta(
            from: [Self.slot(1, seats: 3), Self.slot(2)], to: [Self.slot(1, seats: 2), Self.slot(3)])
        #expect(delta.removed == [Self.slot(1, seats: 3), Self.slot(2)])
        #expect(delta.added == [Self.slot(1, seats: 2), Self.slot(3)])
    }

    @Test func nothingChangedIsNothing() {
        #expect(SlotDelta(from: [Self.slot(1)], to: [Self.slot(1)]).isEmpty)
        #expect(SlotDelta(from: [Slot](), to: []).isEmpty)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func aDeltaLeadsFromOneListToTheOther(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let (old, new) = (Self.random(&random), Self.random(&random))
        #expect(Self.apply(SlotDelta(from: old, to: new), to: old) == new)
    }

    @Test func windowsOneAfterTheOtherAreOneDelta() {
        var delta = SlotDelta(from: [Self.slot(1)], to: [])
        delta.append(SlotDelta(from: [Self.slot(9)], to: [Self.slot(8)]))
        #expect(delta == SlotDelta(from: [Self.slot(1), Self.slot(9)], to: [Self.slot(8)]))
    }
}
