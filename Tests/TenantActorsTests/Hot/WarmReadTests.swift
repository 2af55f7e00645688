@testable import JSON
import Foundation
import Logging
import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime
@testable import TenantActors

/// An owner that shares its calendars answers from memory all the same.
@Suite struct WarmReadTests {
    @Test func aWarmQueryAsksTheStoreNothing() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let database = try SQLiteDatabase(path: folder + "/test.db")
        defer { database.store.close() }
        try SQLiteMigrator(database.store).migrate()
        let clock = ManualClock(try #require(Instant(rfc3339: "2026-11-01T12:00:00Z")))
        let log = CommitLog(database: database)
        let store = CountingHotStore()
        let services = TenantServices(
            database: database, log: log, clock: clock, ids: IDGenerator(clock: clock), zones: ZoneDatabase(),
            secrets: try #require(Secrets(key: Array(repeating: 7, count: 32))), logger: Logger(label: "test"),
            hot: store
        )
        let tenants = Tenants(services: services, maxActive: 10)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await log.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await Self.ask(tenants, store)) } catch { result = .failure(error) }
            log.drain()
            try await group.waitForAll()
            try result.get()
        }
    }

    private static func ask(_ tenants: Tenants, _ store: CountingHotStore) async throws {
        let system = CommandContext(organizationID: ID(high: 0, low: 0), principal: "operator", requestID: "setup")
        let organization = try #require(try await tenants.platform.create(name: "Org", slug: nil, system).id)
        let context = CommandContext(organizationID: organization, principal: "api_key:test", requestID: "setup")
        let json: JSON = [
            "name": "Room", "timezone": "Europe/Paris",
            "business_hours": [["day_of_week": "monday", "start": "09:00", "end": "17:00"]],
        ]
        let errors = FieldErrors()
        let settings = ObjectReader(json, errors: errors).flatMap {
            CalendarSettings.read($0, zones: tenants.services.zones)
        }
        let wanted = try #require(settings, "\(errors.all)")
        let reply = try await tenants.organization(organization) { organization async throws(CommandError) in
            try await organization.createCalendar(wanted, isSlugChosen: false, context)
        }
        let calendar = try #require(reply.id)
        let principal = Principal(organizationID: organization, credential: "api_key:test", scopes: [])
        let first = try #require(CivilDate(iso: "2026-11-02"))

        for (start, isWarm) in [(0, false), (0, true), (3, true), (9, true)] {
            let range = RangeQuery(from: .date(first.adding(days: start)), to: .date(first.adding(days: 89)))
            let answer = try await tenants.availability(calendar, AvailabilityQuery(range: range), for: principal)
            #expect(answer.bytes.count > 1_000)
            let nine = try #require(Instant(rfc3339: "2026-11-09T08:00:00Z"))
            _ = try await tenants.explain(calendar, at: nine, duration: nil, for: principal)
            // The first one brings the calendar into memory, and into the store.
            #expect(store.take().isEmpty == isWarm)
        }
    }
}

/// Takes every write, has nothing, and counts what it is asked.
private final class CountingHotStore: HotStore {
    private struct Line: HotListening {
        func end() {}
    }

    private let asked = Mutex<[String]>([])

    func take() -> [String] {
        asked.withLock { asked in
            defer { asked = [] }
            return asked
        }
    }

    private func note(_ what: String) { asked.withLock { $0.append(what) } }

    var isReachable: Bool { true }

    func write(_ write: HotWrite, completion: @escaping @Sendable (HotWritten) -> Void) {
        note("write")
        completion(.written)
    }

    func read(_ key: String) async throws(HotError) -> HotRecord? {
        note("read")
        return nil
    }

    func version(_ key: String) async throws(HotError) -> HotVersion? {
        note("version")
        return nil
    }

    func listen(_ key: String, _ receive: @escaping @Sendable (HotEvent) -> Void) -> any HotListening {
        note("listen")
        return Line()
    }

    func put(_ name: String, _ value: [UInt8], seconds: Int) async throws(HotError) { note("put") }

    func take(_ name: String) async throws(HotError) -> [UInt8]? {
        note("take")
        return nil
    }
}
