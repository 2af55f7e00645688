public import AlmanacRuntime
public import Scheduling

/// The way to the actors: scoped, for one organization, never a bare reference.
public final class Tenants: Sendable {
    public let services: TenantServices
    public let calendars: Directory<ID, CalendarActor>
    public let organizations: Directory<ID, OrganizationActor>
    public let keys: APIKeyDirectory
    public let platform: Platform

    /// - Parameter maxActive: the most calendars, and the most organizations, that are in memory at once.
    public init(
        services: TenantServices, maxActive: Int,
        monotonic: @escaping @Sendable () -> UInt64 = SystemClock.monotonic
    ) {
        self.services = services
        keys = APIKeyDirectory(database: services.database)
        platform = Platform(services: services)
        calendars = Directory(
            name: "calendars", limit: maxActive,
            activate: { try await CalendarActor.activate($0, services: services) },
            passivate: { _, calendar in await calendar.leave() }, now: monotonic
        )
        organizations = Directory(
            name: "organizations", limit: maxActive,
            activate: { try await OrganizationActor.activate($0, services: services) }, now: monotonic
        )
    }

    /// Runs `body` with a calendar that the principal may see.
    ///
    /// An actor that is not to be trusted any more is replaced by a fresh one, and the command runs again on that.
    public nonisolated(nonsending) func calendar<R: Sendable>(
        _ id: ID, for principal: Principal, pointer: String? = nil,
        _ body: nonisolated(nonsending) (CalendarActor) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        for _ in 0..<4 {
            do {
                return try await calendars.with(id) { calendar in
                    guard calendar.organizationID == principal.organizationID else {
                        throw CommandError.notFound(what: "calendar", pointer: pointer)
                    }
                    if let member = principal.member {
                        guard await calendar.isOwned(by: member) else {
                            throw CommandError.notFound(what: "calendar", pointer: pointer)
                        }
                    }
                    let result: Result<R, CommandError>
                    do throws(CommandError) {
                        result = .success(try await body(calendar))
                    } catch {
                        result = .failure(error)
                    }
                    if calendar.isRetired { await calendars.evict(id) }
                    return try result.get()
                }
            } catch {
                let error = Self.commandError(error, pointer: pointer)
                guard case .retired = error else { throw error }
            }
        }
        throw .contended
    }

    /// Runs `body` with the principal's organization.
    public nonisolated(nonsending) func organization<R: Sendable>(
        _ id: ID, _ body: nonisolated(nonsending) (OrganizationActor) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        do {
            return try await organizations.with(id) { try await body($0) }
        } catch {
            throw Self.commandError(error, pointer: nil)
        }
    }

    /// Whether the credential of a principal still counts: not revoked, its organization not deleted.
    public func isInForce(_ principal: Principal) async throws(CommandError) -> Bool {
        try await keys.isInForce(principal)
    }

    /// The calendars in memory for which the clock has something to do.
    public func calendarsDue(_ now: Instant) async -> [ID] {
        var due: [ID] = []
        await calendars.forEachActive { id, calendar in
            if await calendar.isDue(now) { due.append(id) }
        }
        return due
    }

    /// Calendars, in memory or not, that have a hold whose time is up: some of them, if there are many.
    public func calendarsWithHoldsDue(_ now: Instant) async throws(StoreError) -> [ID] {
        let rows = try await services.database.query(TenantReads.holdsDue, [.instant(now)])
        return try rows.map { row throws(StoreError) in try row.id(0) }
    }

    /// Lets a calendar do what the clock asks for.
    public func tick(_ id: ID) async {
        // A calendar that cannot be reached now is asked again at the next tick.
        try? await calendars.with(id) { calendar in
            await calendar.tick()
            if calendar.isRetired { await calendars.evict(id) }
        }
    }

    static func commandError(_ error: any Error, pointer: String?) -> CommandError {
        switch error {
        case CommandError.notFound(let what, nil): .notFound(what: what, pointer: pointer)
        case let error as CommandError: error
        case let error as DirectoryError: error.code == .overloaded ? .overloaded : .draining
        case let error as StoreError: .unavailable(error)
        default: .unavailable(StoreError(.unavailable, "an actor could not be reached"))
        }
    }
}

extension CalendarActor {
    /// Whether the calendar belongs to a member.
    func isOwned(by member: String) -> Bool { record.settings.owner?.memberID == member }
}
