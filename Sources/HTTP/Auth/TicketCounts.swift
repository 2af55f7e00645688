import AlmanacRuntime
import Scheduling
import TenantActors

/// Counts the unused tickets, wherever they are stored. Pure; ``TicketBooth`` drives it.
struct TicketCounts {
    private let limits: TicketLimits
    /// When each organization's tickets end, the earliest first.
    private var ends: [ID: [Instant]] = [:]
    private(set) var total = 0

    init(_ limits: TicketLimits) { self.limits = limits }

    /// Counts a ticket, or throws if there is no room for it.
    mutating func add(_ organization: ID, until end: Instant, now: Instant) throws(CommandError) {
        forget(organization, endedBy: now)
        if let waiting = ends[organization], waiting.count >= limits.perOrganization {
            throw .tooMany(
                QuotaExceeded(
                    code: "too_many_tickets",
                    detail: "\(waiting.count) tickets of this organization wait to be used. Use them, or wait.",
                    until: waiting.first, now: now
                )
            )
        }
        if total >= limits.all { for organization in Array(ends.keys) { forget(organization, endedBy: now) } }
        guard total < limits.all else { throw .overloaded }
        ends[organization, default: []].append(end)
        total += 1
    }

    /// Uncounts a ticket of the organization that was used, or was not issued after all.
    mutating func remove(_ organization: ID) { remove(1, of: organization) }

    private mutating func forget(_ organization: ID, endedBy now: Instant) {
        guard let waiting = ends[organization] else { return }
        remove(waiting.prefix { $0 <= now }.count, of: organization)
    }

    private mutating func remove(_ count: Int, of organization: ID) {
        guard count > 0, var waiting = ends[organization] else { return }
        waiting.removeFirst(min(count, waiting.count))
        total -= min(count, ends[organization]?.count ?? 0)
        ends[organization] = waiting.isEmpty ? nil : waiting
    }
}
