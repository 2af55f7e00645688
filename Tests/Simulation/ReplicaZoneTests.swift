@testable import JSON
import Foundation
import Logging
import Scheduling
import Testing

@testable import AlmanacRuntime
@testable import TenantActors

/// Two nodes with time zone databases of their own, one of which owns a calendar and one of which reads it.
@Suite struct ReplicaZoneTests {
    private static let zone = "Europe/Paris"

    /// A folder with that one zone, which is a copy of some zone of the system.
    private static func folder(_ parent: URL, _ name: String) throws -> ZoneDatabase {
        try put(zone, in: parent.appending(path: name))
        return ZoneDatabase(directory: parent.appending(path: name).path)
    }

    private static func put(_ source: String, in folder: URL) throws {
        let target = folder.appending(path: zone)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true
        )
        try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(source)")).write(to: target, options: .atomic)
    }

    @Test func eachNodeGoesByItsOwnFiles() async throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: parent) }
        let database = try SQLiteDatabase(path: parent.appending(path: "test.db").path)
        defer { database.store.close() }
        try SQLiteMigrator(database.store).migrate()
        let clock = ManualClock(Tenant.start)
        let log = CommitLog(database: database)
        let server = MemoryHotServer()
        func node(_ zones: ZoneDatabase, _ ownership: any ShardOwnership) -> Tenants {
            Tenants(
                services: TenantServices(
                    database: database, log: log, clock: clock, ids: IDGenerator(clock: clock), zones: zones,
                    secrets: Process.secrets, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    ownership: ownership, hot: MemoryHotStore(server)
                ),
                maxActive: 4
            )
        }
        let owner = node(try Self.folder(parent, "owner"), ConstantOwnership())
        let reader = node(try Self.folder(parent, "reader"), NoOwnership())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await log.run() }
            let result: Result<Void, any Error>
            do {
                result = .success(try await Self.check(owner, reader, parent))
            } catch {
                result = .failure(error)
            }
            log.drain()
            try await group.waitForAll()
            try result.get()
        }
    }

    private static func check(_ owner: Tenants, _ reader: Tenants, _ parent: URL) async throws {
        let system = CommandContext(organizationID: ID(high: 0, low: 0), principal: "operator", requestID: "setup")
        let organization = try #require(try await owner.platform.create(name: "Org", slug: nil, system).id)
        let context = CommandContext(organizationID: organization, principal: "api_key:test", requestID: "setup")
        let hours: JSON = .array(
            Weekday.allCases.map { ["day_of_week": .string($0.name), "start": "09:00", "end": "10:00"] }
        )
        let json: JSON = ["name": "Room", "timezone": .string(zone), "business_hours": hours]
        let errors = FieldErrors()
        let settings = ObjectReader(json, errors: errors).flatMap {
            CalendarSettings.read($0, zones: owner.services.zones)
        }
        let wanted = try #require(settings, "\(errors.all)")
        let reply = try await owner.organization(organization) { organization async throws(CommandError) in
            try await organization.createCalendar(wanted, isSlugChosen: false, context)
        }
        let calendar = try #require(reply.id)
        let principal = Principal(organizationID: organization, credential: "api_key:test", scopes: [])
        let day = try #require(CivilDate(iso: "2026-06-04"))
        /// The hour, in UTC, at which the first slot of a day begins.
        func first(_ tenants: Tenants) async throws -> String? {
            let range = RangeQuery(from: .date(day), to: .date(day))
            let answer = try await tenants.availability(
                calendar, AvailabilityQuery(range: range, zone: .utc), for: principal
            )
            let start = try JSON.parse(answer.bytes)["slots"]?.array?.first?["start"]?.string
            return start.map { String($0.dropFirst(11).prefix(2)) }
        }
        let before = try #require(try await first(owner))
        #expect(try await first(reader) == before)

        try put("Asia/Tokyo", in: parent.appending(path: "reader"))
        await ZoneUpkeep(tenants: reader).check()
        #expect(try await first(reader) == "00")
        #expect(try await first(owner) == before)

        try put("Asia/Tokyo", in: parent.appending(path: "owner"))
        await ZoneUpkeep(tenants: owner).check()
        #expect(try await first(owner) == "00")
        #expect(try await first(reader) == "00")
    }
}
