import SQL
import AlmanacRuntime
import Scheduling

/// The limit on open holds for one credential in one calendar.
extension CalendarActor {
    /// Reads once who placed the present holds.
    func knowHolders() async throws(CommandError) {
        guard holders == nil else { return }
        var ledger = HoldLedger()
        do {
            let rows = try await services.database.query(
                "SELECT owner, holder FROM time_slots WHERE calendar_id = $1 AND kind = 'hold'", [.id(id)],
                for: organizationID
            )
            for row in rows {
                if let holder = try row.optional(1, row.text) { ledger.add(try row.id(0), of: holder) }
            }
        } catch {
            throw .unavailable(error)
        }
        // Another command may have read them meanwhile, and placed a hold since.
        if holders == nil { holders = ledger }
    }

    /// Throws if the holder has as many open holds as it may. Decide in the same step.
    func checkHolds(of holder: String, now: Instant) throws(CommandError) {
        let placed = holders?.holds(of: holder, among: state.occupancy.entries) ?? []
        let open = placed.filter { $0.isInFlight || $0.expiresAt.map { now < $0 } ?? false }
        guard open.count >= services.maxHoldsPerCredential else { return }
        throw .tooMany(
            QuotaExceeded(
                code: "too_many_holds",
                detail: "This credential has \(open.count) open holds in this calendar. Book, release, or let one end.",
                until: open.compactMap(\.expiresAt).min(), now: now
            )
        )
    }
}
