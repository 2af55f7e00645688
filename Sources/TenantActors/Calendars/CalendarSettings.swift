public import JSON
import AlmanacRuntime
public import Scheduling

/// The settings of a calendar. Durations are whole minutes.
public struct CalendarSettings: Sendable, Equatable {
    public struct Owner: Sendable, Equatable {
        @Exact public var memberID: String?
        @Exact public var name: String?
        @Exact public var email: String?

        public init(memberID: String?, name: String?, email: String?) {
            self.memberID = memberID
            self.name = name
            self.email = email
        }
    }

    public struct Reminder: Sendable, Equatable {
        public enum Channel: String, Sendable, CaseIterable { case email, sms, push }

        public var channel: Channel
        public var beforeMinutes: Int

        public static let standard = [Reminder(channel: .email, beforeMinutes: 1440)]
    }

    @Exact public var name: String = ""
    @Exact public var slug: String = ""
    @Exact public var description: String?
    @Exact public var timezone: String = ""
    @Exact public var color: String?
    public var isActive = true
    public var owner: Owner?
    @Exact public var notify: [String] = []
    public var slotDuration = 30
    public var allowedDurations = [30]
    public var slotInterval = 30
    public var minNotice = 0
    public var horizonDays = 60
    public var capacity = 1
    public var maxBookingsPerDay: Int?
    public var requiresConfirmation = false
    public var cancellationNotice = 0
    public var rescheduleNotice = 0
    public var holdMinutes = 5
    public var reminders = Reminder.standard
    @Exact public var location: String?
    public var businessHours = WeeklyHours.closed
    public var metadata = JSON.object(JSONObject())

    /// The scheduling rules of these settings alone, in their zone.
    func rules(zone: Zone) -> SchedulingRules {
        SchedulingRules(
            zone: zone,
            isActive: isActive,
            openingRules: OpeningRules(weekly: businessHours),
            slotDuration: slotDuration,
            allowedDurations: allowedDurations,
            slotInterval: slotInterval,
            minNotice: minNotice,
            horizonDays: horizonDays,
            capacity: capacity,
            maxBookingsPerDay: maxBookingsPerDay,
            holdMinutes: holdMinutes
        )
    }

    /// Whether both settings give the same slots.
    func schedulesLike(_ other: CalendarSettings) -> Bool {
        timezone.exact == other.timezone.exact && isActive == other.isActive && businessHours == other.businessHours
            && slotDuration == other.slotDuration && allowedDurations == other.allowedDurations
            && slotInterval == other.slotInterval && minNotice == other.minNotice
            && horizonDays == other.horizonDays && capacity == other.capacity
            && maxBookingsPerDay == other.maxBookingsPerDay
    }
}
