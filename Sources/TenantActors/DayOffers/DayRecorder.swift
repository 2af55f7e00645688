import SQL
import AlmanacRuntime
import Logging
import Scheduling

/// Has each calendar record its days when they end, even if no request comes for it.
///
/// An index finds the due calendars, a page at a time. Each page begins where the last one ended, so calendars that
/// cannot be reached now do not delay the others. If many calendars end their day at one instant, the pages follow each
/// other.
public actor DayRecorder {
    /// Calendars with an ended day without a record, after the one at `$2`, `$3`: at most 256.
    static let clocksDue = NamedRead(
        "clocks_due", [.instant, .instant, .id],
        sql: """
            SELECT organization_id, calendar_id, due_at FROM calendar_clocks
            WHERE (due_at, calendar_id) > ($2, $3) AND due_at <= $1 ORDER BY due_at, calendar_id LIMIT 256
            """
    )

    private struct Place {
        var due: Instant
        var calendar: ID

        static let start = Place(due: Instant(seconds: 0), calendar: ID(high: 0, low: 0))
    }

    /// How many calendars a page has. The statement contains the same number.
    static let page = 256
    /// How many pages one round reads at most.
    private static let pages = 4

    private let tenants: Tenants
    private var place = Place.start

    public init(tenants: Tenants) { self.tenants = tenants }

    /// Records due days, up to a limit. Returns whether there are more.
    @discardableResult
    public func round() async -> Bool {
        let services = tenants.services
        await correct()
        for _ in 0..<Self.pages {
            do {
                let rows = try await services.database.query(
                    Self.clocksDue, [.instant(services.clock.now()), .instant(place.due), .id(place.calendar)]
                )
                let keys = try rows.map { row throws(StoreError) in
                    CalendarKey(organization: try row.id(0), calendar: try row.id(1))
                }
                let mine = keys.filter { services.ownership.tenure(of: $0.organization) != nil }
                _ = await tenants.tend(mine) { calendar async throws(CommandError) in try await calendar.recordDays() }
                guard rows.count == Self.page, let last = rows.last, let key = keys.last else {
                    place = .start
                    return false
                }
                place = Place(due: try last.instant(2), calendar: key.calendar)
            } catch {
                services.logger.warning("days cannot be recorded", metadata: ["cause": "\(error)"])
                return false
            }
        }
        return true
    }

    /// Corrects the calendars whose days were recorded while the clock was ahead; otherwise they would wait until that
    /// time. Usually there are none, and the check costs one look-up in the index.
    private func correct() async {
        let services = tenants.services
        do {
            let after = CalendarClock.latestDue(services.clock.now())
            let rows = try await services.database.query(
                Self.clocksDue, [.instant(.distantFuture), .instant(after), .id(Place.start.calendar)]
            )
            let keys = try rows.map { row throws(StoreError) in
                CalendarKey(organization: try row.id(0), calendar: try row.id(1))
            }
            let mine = keys.filter { services.ownership.tenure(of: $0.organization) != nil }
            _ = await tenants.tend(mine) { calendar async throws(CommandError) in try await calendar.recordDays() }
        } catch {
            services.logger.warning("calendars' clocks cannot be looked at", metadata: ["cause": "\(error)"])
        }
    }
}
