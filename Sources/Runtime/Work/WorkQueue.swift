/// Whose turn it is to do heavy work. No async, no clock: ``WorkGate`` runs it under a mutex.
///
///     enter ──room and within its share──► running ──leave──► (out)
///       │                                     ▲
///       ├──► waiting ──the tenant's turn──────┘
///       │       └──displaced, the longest line is cut when too many wait──► refused
///       └──the tenant has enough waiting──► refused
///
/// Tenants take turns, however many jobs each has waiting. While there is room, no job waits that may run.
struct WorkQueue<Tenant: Hashable & Sendable, Waiter: Sendable>: Sendable {
    enum Entrance {
        case run
        case wait
        case refused
    }

    let limits: WorkGate.Limits
    private(set) var running = 0
    private(set) var waiting = 0
    private var runningOf: [Tenant: Int] = [:]
    private var lines: [Tenant: [Waiter]] = [:]
    /// The tenants with waiting jobs, the next one first.
    private var turns: [Tenant] = []

    init(_ limits: WorkGate.Limits) { self.limits = limits }

    /// A job wants to begin. A displaced waiter must be told that it is refused after all.
    mutating func enter(_ tenant: Tenant, _ waiter: @autoclosure () -> Waiter) -> (Entrance, displaced: Waiter?) {
        if mayRun(tenant) {
            begin(tenant)
            return (.run, nil)
        }
        let line = lines[tenant]?.count ?? 0
        guard line < limits.waiting else { return (.refused, nil) }
        var displaced: Waiter?
        if waiting >= limits.waitingTogether {
            guard let longest = turns.max(by: { lines[$0, default: []].count < lines[$1, default: []].count }),
                lines[longest, default: []].count > line + 1
            else { return (.refused, nil) }
            displaced = takeLast(of: longest)
        }
        if line == 0 { turns.append(tenant) }
        lines[tenant, default: []].append(waiter())
        waiting += 1
        return (.wait, displaced)
    }

    /// A job has ended; returns the waiters whose turn it is now. They count as running.
    mutating func leave(_ tenant: Tenant) -> [Waiter] {
        running -= 1
        let left = (runningOf[tenant] ?? 1) - 1
        runningOf[tenant] = left > 0 ? left : nil
        var next: [Waiter] = []
        while running < limits.width, let place = turns.firstIndex(where: mayRun) {
            let tenant = turns.remove(at: place)
            guard var line = lines[tenant], !line.isEmpty else { continue }
            next.append(line.removeFirst())
            waiting -= 1
            lines[tenant] = line.isEmpty ? nil : line
            // After all other waiting tenants.
            if !line.isEmpty { turns.append(tenant) }
            begin(tenant)
        }
        return next
    }

    private func mayRun(_ tenant: Tenant) -> Bool {
        running < limits.width && runningOf[tenant, default: 0] < limits.share
    }

    private mutating func begin(_ tenant: Tenant) {
        running += 1
        runningOf[tenant, default: 0] += 1
    }

    private mutating func takeLast(of tenant: Tenant) -> Waiter? {
        guard let waiter = lines[tenant]?.popLast() else { return nil }
        waiting -= 1
        if lines[tenant]?.isEmpty ?? true {
            lines[tenant] = nil
            turns.removeAll { $0 == tenant }
        }
        return waiter
    }
}
