@testable import JSON
import AlmanacRuntime
import Foundation
import HummingbirdCore
import Logging
import Scheduling
import TenantActors
import Testing

@testable import Realtime

/// Real calendars on a database of their own, and a server for their feed.
struct RealTenants {
    let tenants: Tenants
    let principal: Principal
    let calendar: ID
    let clock: ManualClock
    let port: Int

    /// A Sunday noon; the calendar opens on the Monday after.
    static let start = "2026-11-01T12:00:00Z"

    /// - Parameter member: the subject that clients come as; as the organization itself if nil.
    static func run(member: String? = nil, _ body: (RealTenants) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let database = try SQLiteDatabase(path: folder + "/test.db")
        defer { database.store.close() }
        try SQLiteMigrator(database.store).migrate()
        let clock = ManualClock(try #require(Instant(rfc3339: start)))
        let log = CommitLog(database: database, maxBatch: 64, maxQueued: 1_000, committers: 1)
        let services = TenantServices(
            database: database, log: log, clock: clock, ids: IDGenerator(clock: clock), zones: ZoneDatabase(),
            secrets: try #require(Secrets(key: Array(repeating: 7, count: 32))), logger: Logger(label: "test")
        )
        let tenants = Tenants(services: services, maxActive: 100)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await log.run() }
            let result: Result<Void, any Error>
            do {
                result = .success(try await serve(tenants, clock, member, body))
            } catch {
                result = .failure(error)
            }
            log.drain()
            try await group.waitForAll()
            try result.get()
        }
    }

    private static func serve(
        _ tenants: Tenants, _ clock: ManualClock, _ member: String?, _ body: (RealTenants) async throws -> Void
    ) async throws {
        let system = CommandContext(organizationID: ID(high: 0, low: 0), principal: "operator", requestID: "setup")
        let organization = try #require(try await tenants.platform.create(name: "Org", slug: nil, system).id)
        let gate = FakeGate(organization: organization, member: member)
        let principal = Principal(organizationID: organization, credential: "api_key:test", scopes: [])
        let context = CommandContext(organizationID: organization, principal: "api_key:test", requestID: "setup")
        let json: JSON = [
            "name": "Room", "timezone": "UTC", "slot_duration_minutes": 60,
            "business_hours": [["day_of_week": "monday", "start": "09:00", "end": "12:00"]],
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
        let service = RealtimeService(
            source: tenants, gate: gate, clock: clock, zones: tenants.services.zones, settings: RealtimeSettings()
        )
        try await SocketServer.run(.realtime(service)) { port, _ in
            try await body(
                RealTenants(tenants: tenants, principal: principal, calendar: calendar, clock: clock, port: port)
            )
        }
    }

    var key: CalendarKey { CalendarKey(organization: principal.organizationID, calendar: calendar) }

    /// Books an hour.
    func book(_ start: String) async throws {
        let tenants = tenants
        let json: JSON = [
            "calendar_id": .string("\(calendar)"), "starts_at": .string(start),
            "contact": ["name": "Ada", "email": "ada@example.org"],
        ]
        let errors = FieldErrors()
        let command = ObjectReader(json, errors: errors).flatMap {
            BookAppointment.read($0, services: tenants.services)
        }
        let booking = try #require(command, "\(errors.all)")
        let context = CommandContext(
            organizationID: principal.organizationID, principal: principal.credential, requestID: "test"
        )
        _ = try await tenants.calendar(calendar, for: principal, needing: .manage) {
            calendar async throws(CommandError) in
            try await calendar.book(booking, context)
        }
    }

    /// Gives the calendar to a subject; the share.
    func give(_ permission: Permission, to subject: String, until end: Instant? = nil) async throws -> ID {
        let command = GiveShare(grantee: .member(subject), permission: permission, expiresAt: end)
        let reply = try await tenants.calendar(calendar, for: principal, needing: .manage) {
            calendar async throws(CommandError) in try await calendar.share(command, context)
        }
        return try #require(reply.id)
    }

    func takeBack(_ share: ID) async throws {
        try await tenants.calendar(calendar, for: principal, needing: .manage) {
            calendar async throws(CommandError) in
            try await calendar.revokeShare(share, ifMatch: nil, context)
        }
    }

    private var context: CommandContext {
        CommandContext(
            organizationID: principal.organizationID, principal: principal.credential, requestID: "test"
        )
    }

    func subscribe(_ more: String = "") -> String {
        #"{"op":"subscribe","id":"1","calendar_id":"\#(calendar)","from":"2026-11-02","to":"2026-11-02"\#(more)}"#
    }
}
