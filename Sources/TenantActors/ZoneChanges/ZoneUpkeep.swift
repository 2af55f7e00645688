import SQL
public import AlmanacRuntime
import Logging
import Scheduling

/// Follows changes of the time zone database, also those made while no server ran: see docs/time-zones.md.
///
///     a file differs ──► calendars in memory compute their rules again
///          │
///          └──► search the record for calendars with another fingerprint ──► each in turn ──► settled
///                    ▲                                                             │
///                    └────────── some were unreachable: try again next time ───────┘
public actor ZoneUpkeep {
    /// Calendars of a zone whose hours were computed with another file: those with a fingerprint after `$2`, `$3` and
    /// up to `$4`.
    static let clocksInZone = NamedRead(
        "clocks_in_zone", [.text, .integer, .id, .integer],
        sql: """
            SELECT organization_id, calendar_id, fingerprint FROM calendar_clocks
            WHERE timezone = $1 AND (fingerprint, calendar_id) > ($2, $3) AND fingerprint <= $4
            ORDER BY fingerprint, calendar_id LIMIT 256
            """
    )

    /// The names of all zones in use, after `$1`. Each costs one look-up in the index.
    static let zonesInUse = NamedRead(
        "zones_in_use", [.text],
        sql: """
            WITH RECURSIVE zones (name) AS (
                SELECT (SELECT timezone FROM calendar_clocks WHERE timezone > $1 ORDER BY timezone LIMIT 1)
                UNION ALL
                SELECT (SELECT timezone FROM calendar_clocks WHERE timezone > name ORDER BY timezone LIMIT 1)
                FROM zones WHERE name IS NOT NULL
            )
            SELECT name FROM zones WHERE name IS NOT NULL
            """
    )

    private let tenants: Tenants
    /// For each zone, the fingerprint with which all of this node's calendars are up to date.
    private var settled: [ExactText: UInt64] = [:]
    /// Grows when the node gains calendars, so that a check under way does not mark their zones as settled.
    private var revision = 0
    /// Fires when the files must be checked at once.
    public nonisolated let due = Signal()

    public init(tenants: Tenants) { self.tenants = tenants }

    /// Checks all zones again, because the node has gained calendars whose former owner may have had other files.
    public func lookAgain() {
        settled = [:]
        revision += 1
        due.fire()
    }

    /// Checks the files once, and updates the affected calendars.
    public func check() async {
        let services = tenants.services
        for name in services.zones.reload() {
            services.logger.notice("a time zone's file has changed", metadata: ["timezone": "\(name)"])
        }
        await tenants.replicas?.rereadZones()
        var stale: [CalendarKey] = []
        await tenants.calendars.forEachActive { key, calendar in
            if await calendar.isZoneStale() { stale.append(key) }
        }
        _ = await tenants.tend(stale) { calendar async throws(CommandError) in try await calendar.rereadZone() }
        do {
            let names = try await services.database.query(Self.zonesInUse, [.text("")])
                .map { row throws(StoreError) in try row.text(0) }
            for name in names { try await settle(name) }
        } catch {
            services.logger.warning("calendars' time zones cannot be looked through", metadata: ["cause": "\(error)"])
        }
    }

    private func settle(_ name: String) async throws(StoreError) {
        guard let zone = try? tenants.services.zones.zone(name) else {
            tenants.services.logger.warning(
                "the time zone database lacks a zone that calendars name", metadata: ["timezone": "\(name)"])
            return
        }
        let wanted = Int64(bitPattern: zone.fingerprint)
        guard settled[name.exact] != zone.fingerprint else { return }
        let begun = revision
        var failures = 0
        if wanted > .min { failures += try await tend(name, after: .min, through: wanted - 1) }
        if wanted < .max { failures += try await tend(name, after: wanted + 1, through: .max) }
        if failures == 0, begun == revision { settled[name.exact] = zone.fingerprint }
    }

    /// Updates the calendars of a zone whose fingerprint is in this range.
    private func tend(_ name: String, after first: Int64, through last: Int64) async throws(StoreError) -> Int {
        let services = tenants.services
        var (fingerprint, calendar) = (first, ID(high: 0, low: 0))
        var failures = 0
        while true {
            let rows = try await services.database.query(
                Self.clocksInZone, [.text(name), .integer(fingerprint), .id(calendar), .integer(last)]
            )
            let keys = try rows.map { row throws(StoreError) in
                CalendarKey(organization: try row.id(0), calendar: try row.id(1))
            }
            let mine = keys.filter { services.ownership.tenure(of: $0.organization) != nil }
            failures += await tenants.tend(mine) { calendar async throws(CommandError) in
                try await calendar.rereadZone()
            }
            guard rows.count == DayRecorder.page, let end = rows.last else { return failures }
            (fingerprint, calendar) = (try end.integer(2), try end.id(1))
        }
    }
}
