import SQL
import AlmanacRuntime
import Scheduling

/// Rows of `availability_slots` (what a calendar offered on each day) and of `calendar_clocks`.
enum DayWrites {
    /// Replaces an existing row.
    static let put = WriteKind(
        "availability_slots.put", phase: .records,
        columns: [
            .init("calendar_id", .id), .init("date", .text), .init("organization_id", .id), .init("timezone", .text),
            .init("offered_minutes", .integer), .init("capacity", .integer), .init("slot_minutes", .integer),
            .init("slot_count", .integer), .init("starts", .blob), .init("generated_at", .instant),
            .init("is_late", .bool),
        ],
        sql: """
            INSERT INTO availability_slots
                (calendar_id, date, organization_id, timezone, offered_minutes, capacity, slot_minutes, slot_count, starts,
                generated_at, is_late)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (calendar_id, date) DO UPDATE SET timezone = excluded.timezone,
                offered_minutes = excluded.offered_minutes, capacity = excluded.capacity,
                slot_minutes = excluded.slot_minutes, slot_count = excluded.slot_count, starts = excluded.starts,
                generated_at = excluded.generated_at, is_late = excluded.is_late
            """
    )

    static let setClock = WriteKind(
        "calendar_clock.set", phase: .records,
        columns: [
            .init("calendar_id", .id), .init("organization_id", .id), .init("timezone", .text),
            .init("fingerprint", .integer), .init("next_date", .text), .init("due_at", .instant),
        ],
        sql: """
            INSERT INTO calendar_clocks (calendar_id, organization_id, timezone, fingerprint, next_date, due_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (calendar_id) DO UPDATE SET timezone = excluded.timezone, fingerprint = excluded.fingerprint,
                next_date = excluded.next_date, due_at = excluded.due_at
            """
    )

    static let deleteClock = WriteKind(
        "calendar_clock.delete", phase: .records, columns: [.init("calendar_id", .id)], expects: .any,
        sql: "DELETE FROM calendar_clocks WHERE calendar_id = $1"
    )

    /// Deletes the clocks of an organization's calendars.
    static let deleteClocks = WriteKind(
        "calendar_clock.delete_all", phase: .records, columns: [.init("organization_id", .id)], expects: .any,
        sql: "DELETE FROM calendar_clocks WHERE organization_id = $1"
    )

    /// A day's record that is written later than this after the day's end counts as late. In seconds.
    static let grace: Int64 = 15 * 60

    static func clock(_ clock: CalendarClock, calendar: ID, organization: ID) -> WriteRow {
        setClock.row([
            .id(calendar), .id(organization), .text(clock.timezone),
            clock.fingerprint.map { .integer(Int64(bitPattern: $0)) } ?? .null, .text(clock.nextDate.description),
            .instant(clock.dueAt),
        ])
    }

    /// The rows of some dates under the present rules: one for each date, also if it offers nothing.
    static func days(
        _ dates: ClosedRange<CivilDate>, of state: CalendarState, calendar: ID, organization: ID, at now: Instant
    ) -> [WriteRow] {
        let rules = state.rules
        return state.offered(on: dates).map { offer in
            let origin = rules.zone.firstInstant(of: offer.date)
            let end = rules.zone.firstInstant(of: offer.date.adding(days: 1))
            let starts = rules.isActive ? offer.starts : []
            return put.row([
                .id(calendar), .text(offer.date.description), .id(organization), .text(rules.zone.id),
                .int(rules.isActive ? offer.openMinutes * rules.capacity : 0), .int(rules.capacity),
                .int(rules.slotDuration), .int(starts.count), .blob(PackedStarts.encode(starts, from: origin)),
                .instant(now), .bool(now > end.adding(seconds: grace)),
            ])
        }
    }
}
