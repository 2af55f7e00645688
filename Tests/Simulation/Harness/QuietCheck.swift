import TestSupport
@testable import SQL
@testable import JSON
import Scheduling

@testable import AlmanacRuntime
@testable import TenantActors

/// Holds a process's memory against the record while nothing else runs: invariants 2 and 5.
struct QuietCheck: Sendable {
    let process: Process
    let tenant: Tenant
    let plan: Plan
    let seed: UInt64
    private var ledger: Ledger { process.ledger }
    private var record: Record { process.database.record }

    init(process: Process, tenant: Tenant, plan: Plan, seed: UInt64) {
        self.process = process
        self.tenant = tenant
        self.plan = plan
        self.seed = seed
    }

    func run(_ client: Client) async {
        var random = SplitMix(seed: seed)
        for calendar in tenant.calendars {
            await compare(calendar, client)
            await bookOffered(calendar, client, &random)
            await compare(calendar, client)
            await refuseUnoffered(calendar, client, &random)
            // The clock alone changes answers too: holds end, notice passes.
            for _ in 0..<4 {
                process.clock.advance(seconds: [1, 59, 150, 301, 1_500].randomElement(using: &random)!)
                await compare(calendar, client)
            }
            await expireAll(calendar)
            await compare(calendar, client)
        }
        checkDailyLimit()
    }

    /// What memory offers is what actors fresh from the record offer, and what the engine explains.
    private func compare(_ calendar: ID, _ client: Client) async {
        do {
            let frozen = Process.frozen(record)
            for minutes in [30, 60] {
                let warm = try await client.slots(process.tenants, calendar, minutes: minutes)
                let cold = try await client.slots(frozen, calendar, minutes: minutes)
                ledger.require(
                    warm == cold,
                    "memory offers \(Set(warm).subtracting(cold)) that the record does not, and lacks \(Set(cold).subtracting(warm))"
                )
            }
        } catch {
            ledger.violate("availability failed: \(error)")
        }
    }

    /// An offered slot can be booked as often as it has seats, and then no more.
    private func bookOffered(_ calendar: ID, _ client: Client, _ random: inout SplitMix) async {
        guard let slots = try? await client.slots(process.tenants, calendar),
            let slot = slots.prefix(16).randomElement(using: &random)
        else { return }
        let span = Span(slot.start, slot.start.adding(minutes: 30))
        ledger.require(
            record.room(in: calendar, span).map { slot.seats <= $0 } ?? false,
            "more seats of \(slot.start) are offered than nobody has"
        )
        let room = roomOfDay(slot.start, calendar)
        for _ in 0..<min(slot.seats, room) {
            let before = client.appointments.count
            await client.book(calendar, at: slot.start, minutes: 30)
            ledger.require(client.appointments.count == before + 1, "an offered slot could not be booked: \(slot)")
        }
        let before = client.appointments.count
        await client.book(calendar, at: slot.start, minutes: 30)
        ledger.require(client.appointments.count == before, "a slot was booked beyond its seats: \(slot)")
    }

    /// Every start that is not offered is explained and refused; every one that is offered has nothing against it.
    private func refuseUnoffered(_ calendar: ID, _ client: Client, _ random: inout SplitMix) async {
        guard let slots = try? await client.slots(process.tenants, calendar) else { return }
        let offered = Set(slots.map(\.start))
        let midnight = process.clock.now().adding(microseconds: -(process.clock.now().microseconds % 86_400_000_000))
        var refused: [Instant] = []
        for day in 0..<2 {
            for minute in stride(from: 510, through: 720, by: 15) {
                let start = midnight.adding(days: day).adding(minutes: minute)
                guard start < Instant(rfc3339: "2026-06-13T00:00:00Z")! else { continue }
                let body = try? await process.tenants.calendar(calendar, for: tenant.principal, needing: .manage) {
                    actor async throws(CommandError) in
                    try await actor.explain(at: start, duration: nil, namesBookings: true)
                }
                let answer = body.flatMap { try? JSON.parse($0) }
                ledger.require(
                    answer?["available"]?.bool == offered.contains(start), "explain and availability differ at \(start)"
                )
                guard !offered.contains(start) else { continue }
                ledger.require(answer?["reasons"]?.array?.isEmpty == false, "no reason against \(start)")
                checkOccupied(calendar, start, answer?["reasons"]?.array ?? [])
                refused.append(start)
            }
        }
        guard let start = refused.randomElement(using: &random) else { return }
        let before = client.appointments.count
        await client.book(calendar, at: start, minutes: 30)
        ledger.require(client.appointments.count == before, "a slot was booked that was not offered: \(start)")
    }

    /// A time is called taken exactly when as many have it as may.
    private func checkOccupied(_ calendar: ID, _ start: Instant, _ reasons: [JSON]) {
        let codes = reasons.compactMap { $0["code"]?.string }
        let isTaken = !Set(codes).isDisjoint(with: ["booked", "held", "full"])
        guard let room = record.room(in: calendar, Span(start, start.adding(minutes: 30))) else { return }
        ledger.require(isTaken == (room <= 0), "\(start) is refused for \(codes) and has room for \(room)")
    }

    /// After the ticker no hold whose time is up is left, however long ago it was.
    private func expireAll(_ calendar: ID) async {
        _ = try? await process.tenants.calendar(calendar, for: tenant.principal, needing: .manage) {
            actor async throws(CommandError) in
            await actor.expireHolds()
        }
        ledger.require(
            !record.exists(
                "SELECT 1 FROM time_slots WHERE calendar_id = $1 AND expires_at <= $2",
                [.id(calendar), .instant(process.clock.now())]
            ),
            "a hold whose time is up stays for ever"
        )
    }

    private func checkDailyLimit() {
        guard let limit = plan.dailyLimit, !plan.changesSettings else { return }
        let days = record.rows(
            """
            SELECT 1 FROM time_slots WHERE expires_at IS NULL OR expires_at > $1
            GROUP BY calendar_id, starts_at / 86400000000 HAVING count(*) > $2
            """, [.instant(process.clock.now()), .int(limit)]
        )
        ledger.require(days.isEmpty, "a day has more bookings than its limit")
    }

    private func roomOfDay(_ start: Instant, _ calendar: ID) -> Int {
        let rows = record.rows(
            """
            SELECT c.max_bookings_per_day, (SELECT count(*) FROM time_slots s WHERE s.calendar_id = c.id
                AND s.starts_at / 86400000000 = $2 AND (s.expires_at IS NULL OR s.expires_at > $3))
            FROM calendars c WHERE c.id = $1
            """,
            [.id(calendar), .integer(start.microseconds / 86_400_000_000), .instant(process.clock.now())]
        )
        guard let row = rows.first, let limit = try? row.optional(0, row.int), let count = try? row.int(1) else {
            return .max
        }
        return limit - count
    }
}
