import TestSupport
import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite struct IDGeneratorTests {
    private let noon = Instant(rfc3339: "2026-06-01T12:00:00Z")!

    /// A source of words that are all alike: the hardest case for order.
    private struct Constant: RandomNumberGenerator {
        let word: UInt64
        func next() -> UInt64 { word }
    }

    /// A clock that goes where the test says, also back.
    private final class Steps: WallClock, @unchecked Sendable {  // Used by one task.
        var instants: [Instant]
        init(_ instants: [Instant]) { self.instants = instants }
        func now() -> Instant { instants.count > 1 ? instants.removeFirst() : instants[0] }
    }

    private func isRising(_ ids: [ID]) -> Bool { zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 } }

    /// Version 7, variant 10 (RFC 9562 §5.7).
    private func isWellFormed(_ id: ID) -> Bool { (id.high >> 12) & 0xF == 7 && id.low >> 62 == 0b10 }

    @Test(arguments: [0, .max, 0x8000_0000_0000_0000, 0x3FFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF] as [UInt64])
    func idsRiseWhileTheClockStands(word: UInt64) {
        let generator = IDGenerator(clock: ManualClock(noon), random: Constant(word: word))
        let ids = (0..<10_000).map { _ in generator.next() }
        #expect(isRising(ids))
        #expect(ids.allSatisfy(isWellFormed))
    }

    @Test func idsRiseWhenTheClockStepsBack() {
        let back = (0..<500).map { noon.adding(seconds: $0 % 7 == 0 ? -3_600 : Int64($0)) }
        let generator = IDGenerator(clock: Steps(back), random: SplitMix(seed: 1))
        let ids = (0..<500).map { _ in generator.next() }
        #expect(isRising(ids))
        #expect(ids.allSatisfy(isWellFormed))
    }

    @Test func anIDBeginsWithTheTimeItWasMadeAt() {
        let clock = ManualClock(noon)
        let generator = IDGenerator(clock: clock, random: SplitMix(seed: 1))
        #expect(generator.next().high >> 16 == UInt64(noon.microseconds / 1_000))
        clock.advance(seconds: 60)
        #expect(generator.next().high >> 16 == UInt64(noon.microseconds / 1_000) + 60_000)
    }

    @Test func aTimeBeforeTheEpochStillGivesIDs() {
        let generator = IDGenerator(clock: ManualClock(.distantPast), random: SplitMix(seed: 1))
        #expect(isRising((0..<100).map { _ in generator.next() }))
    }

    @Test func idsAreUniqueAndRiseWithinEachTaskThatMintsThem() async {
        let generator = IDGenerator(clock: SystemClock())
        let lists = await withTaskGroup(of: [ID].self) { group in
            for _ in 0..<4 { group.addTask { (0..<5_000).map { _ in generator.next() } } }
            return await group.reduce(into: [[ID]]()) { $0.append($1) }
        }
        #expect(lists.allSatisfy(isRising))
        #expect(Set(lists.joined()).count == 20_000)
    }

    @Test func theSameSeedGivesTheSameIDsAndSecrets() {
        func make() -> IDGenerator { IDGenerator(clock: ManualClock(noon), random: SplitMix(seed: 42)) }
        let (left, right) = (make(), make())
        #expect((0..<100).allSatisfy { _ in left.next() == right.next() })
        #expect(left.secret(bytes: 33) == right.secret(bytes: 33))
        #expect(left.secret(bytes: 33) != right.secret(bytes: 32))
        #expect(left.secret(bytes: 0) == [])
    }

    @Test func aManualClockMovesOnlyForward() {
        let clock = ManualClock(noon)
        clock.advance(to: noon.adding(seconds: -1))
        #expect(clock.now() == noon)
        clock.advance(to: noon.adding(seconds: 5))
        #expect(clock.now() == noon.adding(seconds: 5))
    }
}
