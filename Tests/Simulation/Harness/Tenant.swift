@testable import JSON
import AlmanacRuntime
import Scheduling

@testable import TenantActors

/// The organization and the calendars that a schedule is about.
struct Tenant: Sendable {
    let principal: Principal
    let calendars: [ID]
    /// When the schedule begins: 07:00 on a Monday, UTC.
    static let start = Instant(rfc3339: "2026-06-01T07:00:00Z")!
    /// The dates whose slots clients look at and book.
    static let range = RangeQuery(from: .date(CivilDate(iso: "2026-06-01")!), to: .date(CivilDate(iso: "2026-06-12")!))

    /// Makes them through the actors, on a process that has no faults yet.
    static func make(_ process: Process, _ plan: Plan) async throws -> Tenant {
        let tenants = process.tenants
        let system = CommandContext(organizationID: ID(high: 0, low: 0), principal: "operator", requestID: "setup")
        let organization = try await tenants.platform.create(name: "Org", slug: nil, system).id!
        let principal = Principal(organizationID: organization, credential: "api_key:simulated", scopes: [])
        var calendars: [ID] = []
        for index in 0..<plan.calendars {
            let settings = settings(plan, index)
            let context = CommandContext(
                organizationID: organization, principal: principal.credential, requestID: "setup"
            )
            let reply = try await tenants.organization(organization) { organization async throws(CommandError) in
                try await organization.createCalendar(settings, isSlugChosen: false, context)
            }
            calendars.append(reply.id!)
        }
        return Tenant(principal: principal, calendars: calendars)
    }

    /// Open 09:00–12:00 every day, so that a few clients meet often.
    private static func settings(_ plan: Plan, _ index: Int) -> CalendarSettings {
        let hours = Weekday.allCases.map { ($0, MinuteInterval(startMinute: 540, endMinute: 720)!) }
        return CalendarSettings(
            name: "Calendar \(index)", slug: "calendar-\(index)", timezone: "UTC", isActive: true, notify: [],
            slotDuration: 30, allowedDurations: [30, 60], slotInterval: 30, minNotice: plan.notice, horizonDays: 8,
            capacity: plan.capacity, maxBookingsPerDay: plan.dailyLimit, requiresConfirmation: index == 1,
            cancellationNotice: 0, rescheduleNotice: 0, holdMinutes: 5, reminders: CalendarSettings.Reminder.standard,
            businessHours: WeeklyHours(hours), metadata: .object(JSONObject())
        )
    }
}
