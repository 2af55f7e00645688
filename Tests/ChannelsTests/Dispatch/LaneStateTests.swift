import Scheduling
import Testing

@testable import AlmanacChannels

@Suite struct LaneStateTests {
    private let start = Instant(rfc3339: "2026-06-01T00:00:00Z")!

    private static func lane(_ all: Int, perOrganization: Int, perSecond: Int? = nil) -> LaneState<Int> {
        LaneState(
            ChannelCapabilities(
                name: "test", events: [], maxConcurrent: all, maxConcurrentPerOrganization: perOrganization,
                maxPerSecond: perSecond, timeoutSeconds: 1
            )
        )
    }

    private static func item(_ organization: UInt64, _ entry: Int) -> LaneState<Int>.Item {
        .init(organization: ID(high: 0, low: organization), entry: entry)
    }

    private func take(_ lane: inout LaneState<Int>, at now: Instant? = nil) -> [Int] {
        var taken: [Int] = []
        while let item = lane.next(now: now ?? start) { taken.append(item.entry) }
        return taken
    }

    @Test func noMoreRunThanMayAndTheRestInOrder() {
        var lane = Self.lane(2, perOrganization: 2)
        lane.enqueue((0..<4).map { Self.item(1, $0) })
        #expect(take(&lane) == [0, 1])
        #expect(!lane.isHungry)
        lane.finished(ID(high: 0, low: 1))
        #expect(take(&lane) == [2])
        lane.finished(ID(high: 0, low: 1))
        lane.finished(ID(high: 0, low: 1))
        #expect(take(&lane) == [3])
        #expect(lane.isHungry)
    }

    @Test func oneOrganizationDoesNotHoldUpTheOthers() {
        var lane = Self.lane(4, perOrganization: 2)
        lane.enqueue((0..<6).map { Self.item(1, $0) } + [Self.item(2, 10), Self.item(3, 20)])
        #expect(take(&lane) == [0, 1, 10, 20])
        lane.finished(ID(high: 0, low: 2))
        #expect(take(&lane) == [])
        lane.finished(ID(high: 0, low: 1))
        #expect(take(&lane) == [2])
    }

    @Test func noMoreBeginInASecondThanMay() {
        var lane = Self.lane(100, perOrganization: 100, perSecond: 3)
        lane.enqueue((0..<10).map { Self.item(1, $0) })
        #expect(take(&lane) == [0, 1, 2])
        #expect(take(&lane, at: start.adding(microseconds: 999_999)) == [])
        #expect(take(&lane, at: start.adding(seconds: 1)) == [3, 4, 5])
    }

    @Test func whatWasNotBegunIsGivenBack() {
        var lane = Self.lane(1, perOrganization: 1)
        lane.enqueue([Self.item(1, 0), Self.item(1, 1)])
        #expect(take(&lane) == [0])
        #expect(lane.abandon().map(\.entry) == [1])
        #expect(lane.abandon().isEmpty)
    }
}
