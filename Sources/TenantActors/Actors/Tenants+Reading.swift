import AlmanacRuntime
public import Scheduling

/// Reads that any node answers: the owner from the calendar's actor, another node from a replica.
extension Tenants {
    /// The slots of a calendar that the principal may see.
    public nonisolated(nonsending) func availability(
        _ id: ID, _ query: AvailabilityQuery, for principal: Principal, pointer: String? = nil
    ) async throws(CommandError) -> AvailabilityAnswer {
        let answer: AvailabilityAnswer
        if let replicas = replicas(for: principal) {
            answer = try await replicas.availability(of: id, query, for: principal, pointer: pointer)
        } else {
            answer = try await calendar(id, for: principal, needing: .viewFreeBusy, pointer: pointer) {
                calendar async throws(CommandError) in
                if let answer = try await calendar.promptAvailability(query) { return answer }
                return try await heavily(for: principal.organizationID) { () async throws(CommandError) in
                    try await calendar.availability(query)
                }
            }
        }
        await keepMemory()
        return answer
    }

    /// Runs an organization's heavy work when its turn comes; refuses it if too much is waiting.
    public func heavily<R: Sendable>(
        for organization: ID, _ body: @Sendable () async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        try await services.work.run(for: organization, refusal: CommandError.overloaded, body)
    }

    /// While the caches together exceed their budget, has the least recently used calendars free theirs. Costs nothing
    /// otherwise.
    public nonisolated(nonsending) func keepMemory() async {
        for owner in services.memory.excess() {
            if owner.isReplica {
                await replicas?.calendars.visit(owner.key) { replica in await replica.giveBack() }
            } else {
                await calendars.visit(owner.key) { calendar in await calendar.giveBack() }
            }
        }
    }

    /// Whether a start of a calendar that the principal may see can be booked, and the reasons if not.
    public nonisolated(nonsending) func explain(
        _ id: ID, at start: Instant, duration: Int?, for principal: Principal, pointer: String? = nil
    ) async throws(CommandError) -> [UInt8] {
        if let replicas = replicas(for: principal) {
            return try await replicas.explain(id, at: start, duration: duration, for: principal, pointer: pointer)
        }
        return try await calendar(id, for: principal, needing: .view, pointer: pointer) {
            calendar async throws(CommandError) in
            let namesBookings = principal.scopes.contains(.appointmentsRead)
            if await calendar.isExplainingLight {
                return try await calendar.explain(at: start, duration: duration, namesBookings: namesBookings)
            }
            return try await heavily(for: principal.organizationID) { () async throws(CommandError) in
                try await calendar.explain(at: start, duration: duration, namesBookings: namesBookings)
            }
        }
    }

    /// The stored calendar, and what the principal may do with it.
    public nonisolated(nonsending) func current(
        _ id: ID, for principal: Principal, needing permission: Permission
    ) async throws(CommandError) -> (record: CalendarRecord, access: Access) {
        if let replicas = replicas(for: principal) {
            return try await replicas.current(id, for: principal, needing: permission)
        }
        return try await permitted(id, for: principal, needing: permission) {
            calendar, access async throws(CommandError) in
            (try await calendar.current(), access)
        }
    }

    /// Nil if this node owns the principal's organization, or has no hot store: without one, only the owner can answer.
    func replicas(for principal: Principal) -> Replicas? {
        services.ownership.tenure(of: principal.organizationID) == nil ? replicas : nil
    }
}
