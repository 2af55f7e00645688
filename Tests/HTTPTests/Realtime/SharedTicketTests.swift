import AlmanacRuntime
import Scheduling
import Synchronization
import TenantActors
import Testing

@testable import HTTP

/// Tickets that lie in a store which all nodes see.
@Suite struct SharedTicketTests {
    private let clock = ManualClock(Instant(seconds: 1_700_000_000))
    private let principal = Principal(
        organizationID: ID(high: 1, low: 1), credential: "api_key:k", scopes: [.calendarsRead]
    )

    private func booth(_ shelf: Shelf) -> TicketBooth {
        TicketBooth(clock: clock, ids: IDGenerator(clock: clock), store: shelf)
    }

    @Test func aTicketOfOneNodeIsGoodAtAnotherOnce() async throws {
        let shelf = Shelf()
        let (secret, end) = try await booth(shelf).issue(principal)
        #expect(end == clock.now().adding(seconds: 60))
        #expect(await booth(shelf).redeem(secret) == principal)
        #expect(await booth(shelf).redeem(secret) == nil)
    }

    /// The store was to forget it; whoever reaches the store keeps it alive, or puts it back.
    @Test func aTicketThatTheStoreKeptTooLongIsTooOld() async throws {
        let shelf = Shelf()
        let (secret, _) = try await booth(shelf).issue(principal)
        clock.advance(seconds: 59)
        let kept = shelf.values.withLock { $0 }
        #expect(await booth(shelf).redeem(secret) == principal)
        shelf.values.withLock { $0 = kept }
        clock.advance(seconds: 1)
        #expect(await booth(shelf).redeem(secret) == nil)
    }

    @Test(arguments: [[], [0], [UInt8](repeating: 255, count: 8), [UInt8](repeating: 127, count: 200)])
    func whatIsNoTicketLetsNobodyIn(value: [UInt8]) async throws {
        let shelf = Shelf()
        let (secret, _) = try await booth(shelf).issue(principal)
        shelf.values.withLock { values in for name in values.keys { values[name] = value } }
        #expect(await booth(shelf).redeem(secret) == nil)
    }

    /// Puts and takes, and does nothing else.
    private final class Shelf: HotStore {
        let values = Mutex<[String: [UInt8]]>([:])
        var isReachable: Bool { true }

        func write(_ write: HotWrite, completion: @escaping @Sendable (HotWritten) -> Void) { completion(.failed) }
        func read(_ key: String) async throws(HotError) -> HotRecord? { nil }
        func version(_ key: String) async throws(HotError) -> HotVersion? { nil }

        func listen(_ key: String, _ receive: @escaping @Sendable (HotEvent) -> Void) -> any HotListening { Line() }

        func put(_ name: String, _ value: [UInt8], seconds: Int) async throws(HotError) {
            values.withLock { $0[name] = value }
        }

        func take(_ name: String) async throws(HotError) -> [UInt8]? {
            values.withLock { $0.removeValue(forKey: name) }
        }
    }

    private struct Line: HotListening {
        func end() {}
    }
}
