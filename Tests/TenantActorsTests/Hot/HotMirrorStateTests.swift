import AlmanacRuntime
import Testing

@testable import TenantActors

@Suite struct HotMirrorStateTests {
    private func version(_ seq: Int64) -> HotVersion { HotVersion(epoch: 2, seq: seq) }

    @Test func aColdOwnerSendsEverythingFirst() {
        var mirror = HotMirrorState(nil)
        #expect(mirror.isDue(0))
        #expect(mirror.send(version(4), .change, now: 0) == .everything(number: 1))
        #expect(!mirror.isDue(0))
        #expect(mirror.send(version(5), .change, now: 0) == .change(base: version(4), number: 2))
    }

    @Test func aWarmOwnerGoesOnFromWhatIsThere() {
        var mirror = HotMirrorState(HotVersion(epoch: 1, seq: 4))
        #expect(!mirror.isDue(0))
        #expect(mirror.send(version(5), .change, now: 0) == .change(base: HotVersion(epoch: 1, seq: 4), number: 1))
        #expect(mirror.send(version(6), .change, now: 0) == .change(base: version(5), number: 2))
    }

    @Test func whoIsBehindSendsEverythingOnce() {
        var mirror = HotMirrorState(version(4))
        _ = mirror.send(version(5), .change, now: 0)
        _ = mirror.send(version(6), .change, now: 0)
        mirror.answered(1, .behind, now: 0)
        #expect(mirror.send(version(7), .change, now: 0) == .everything(number: 3))
        // This was sent before everything was: old news.
        mirror.answered(2, .behind, now: 0)
        #expect(mirror.send(version(8), .change, now: 0) == .change(base: version(7), number: 4))
    }

    @Test func afterAFailureThereIsAPause() {
        var mirror = HotMirrorState(version(4))
        _ = mirror.send(version(5), .change, now: 0)
        mirror.answered(1, .failed, now: 10)
        #expect(!mirror.isDue(10))
        #expect(mirror.send(version(6), .change, now: 10) == nil)
        #expect(mirror.isDue(10 + HotMirrorState.pause))
        #expect(mirror.send(version(6), .change, now: 10 + HotMirrorState.pause) == .everything(number: 2))
    }

    @Test func theFirstOfSeveralPartsIsNeverEverything() {
        var mirror = HotMirrorState(nil)
        #expect(mirror.send(version(5), .part, now: 0) == nil)
        #expect(mirror.send(version(6), .change, now: 0) == .everything(number: 1))
    }

    @Test func whoWasReplacedIsSilent() {
        var mirror = HotMirrorState(version(4))
        _ = mirror.send(version(5), .change, now: 0)
        mirror.answered(1, .superseded, now: 0)
        mirror.missed()
        mirror.answered(1, .behind, now: 0)
        #expect(mirror.standing == .over)
        #expect(mirror.send(version(6), .everything, now: 0) == nil)
        #expect(!mirror.isDue(0))
    }

    @Test func whatCouldNotBeSentIsMadeGoodWithEverything() {
        var mirror = HotMirrorState(version(4))
        mirror.missed()
        #expect(mirror.send(version(6), .change, now: 0) == .everything(number: 1))
    }
}
