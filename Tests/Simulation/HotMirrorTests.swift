import Scheduling
import Testing

@testable import AlmanacRuntime
@testable import TenantActors

@Suite struct HotMirrorTests {
    private let server = MemoryHotServer()
    private let key = CalendarKey(organization: ID(high: 3, low: 3), calendar: ID(high: 4, low: 4))

    private func step(_ seq: Int64, payload: Int = 10) -> HotStep {
        let start = Instant(rfc3339: "2026-06-01T09:00:00Z")!.adding(minutes: 30 * Int(seq))
        let entry = Occupancy.Entry(
            owner: ID(high: 5, low: UInt64(seq)), span: Span(start, start.adding(minutes: 30)), seat: 0,
            kind: .appointment
        )
        let happening = Feed.Happening(
            type: "appointment.booked", payload: Array(repeating: 32, count: payload), spans: [entry.span]
        )
        return HotStep(seq: seq, .occupy(entry), happening: happening)
    }

    /// What was forgotten in memory does not stay in the store for ever.
    @Test func fieldsThatNobodyNeedsAreSweptOut() {
        let store = MemoryHotStore(server)
        let shared = HotVersion(epoch: 1, seq: 0)
        server.set(HotCalendar.key(key), HotRecord(version: shared, fields: [:]))
        let mirror = HotMirror(HotState(store), key, shared: shared)
        for seq in 1...300 as ClosedRange<Int64> {
            mirror.share([step(seq)], from: seq - 1, epoch: 2, live: 3) { [("calendar", [1])] }
        }
        #expect(store.sent.count == 300)
        #expect(store.sent.filter { $0.base == nil }.count == 1)
        let count = server.record(HotCalendar.key(key))?.fields.count ?? 0
        #expect(count < HotMirror.maxChanges)
    }

    /// A group of large changes is told in parts, each building on the last.
    @Test func aLargeGroupIsToldInParts() throws {
        let store = MemoryHotStore(server)
        let shared = HotVersion(epoch: 1, seq: 0)
        server.set(HotCalendar.key(key), HotRecord(version: shared, fields: [:]))
        let mirror = HotMirror(HotState(store), key, shared: shared)
        mirror.share((1...5).map { step($0, payload: 60_000) }, from: 0, epoch: 2, live: 5) { [] }
        #expect(store.sent.map(\.version.seq) == [2, 4, 5])
        #expect(store.sent.map(\.base?.seq) == [0, 2, 4])
        #expect(store.sent.map { HotChanges($0.message)?.base } == [0, 2, 4])
        #expect(server.record(HotCalendar.key(key))?.fields.count == 5)
    }
}
