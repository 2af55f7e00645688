import SQL
import AlmanacRuntime
import Scheduling

/// The calendars that a viewer may see, as a condition of a statement. It selects the same calendars as
/// ``CalendarRecord/permission(of:at:)`` in memory.
struct VisibleCalendars {
    let viewer: Viewer
    let now: Instant
    /// False if seeing free times is enough.
    let withDetails: Bool

    /// The condition on `calendars`. `$1` is the organization. The condition appends its other values to the arguments.
    func condition(_ arguments: inout [SQLValue]) -> String {
        // Always the same number of names, so that there are few statements.
        var named = viewer.names.sorted().map(\.text)
        while named.count < 3 { named.append(named.last ?? "") }
        var member = ID(high: 0, low: 0)
        if case .member(let id, _) = viewer.standing { member = id }
        func bind(_ value: SQLValue) -> String {
            arguments.append(value)
            return "$\(arguments.count)"
        }
        let placeholders = named.prefix(3).map { bind(.text($0)) }
        let names = placeholders.joined(separator: ", ")
        let (one, moment) = (bind(.id(member)), bind(.instant(now)))
        // No share has a permission with an empty name.
        let least = bind(.text(withDetails ? Permission.viewFreeBusy.name : ""))
        let isGiven = """
            s.organization_id = $1 AND s.deleted_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > \(moment))
                AND s.permission <> \(least)
            """
        // One branch for each name: in a small table, PostgreSQL would not use the index for a list.
        let bySubject = placeholders.map { name in
            "SELECT s.calendar_id FROM calendar_shares s WHERE s.subject = \(name) AND \(isGiven)"
        }.joined(separator: " UNION ALL ")
        return """
            (owner_member_id IN (\(names)) OR id IN (
                SELECT s.calendar_id FROM calendar_shares s WHERE s.grantee_type = 'organization' AND \(isGiven)
                UNION ALL
                \(bySubject)
                UNION ALL
                SELECT s.calendar_id FROM calendar_shares s WHERE s.member_id = \(one) AND \(isGiven)
                UNION ALL
                SELECT s.calendar_id FROM team_members t JOIN calendar_shares s ON s.team_id = t.team_id
                WHERE (t.organization_id, t.member_id) >= ($1, \(one))
                    AND (t.organization_id, t.member_id) <= ($1, \(one)) AND \(isGiven)
            ))
            """
    }
}
