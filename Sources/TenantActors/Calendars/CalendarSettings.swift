public import JSON
import AlmanacRuntime
public import Scheduling

/// What a calendar's owner sets. Durations are whole minutes.
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

    @Exact public var name: String
    @Exact public var slug: String
    @Exact public var description: String?
    @Exact public var timezone: String
    @Exact public var color: String?
    public var isActive: Bool
    public var owner: Owner?
    @Exact public var notify: [String]
    public var slotDuration: Int
    public var allowedDurations: [Int]
    public var slotInterval: Int
    public var minNotice: Int
    public var horizonDays: Int
    public var capacity: Int
    public var maxBookingsPerDay: Int?
    public var requiresConfirmation: Bool
    public var cancellationNotice: Int
    public var rescheduleNotice: Int
    public var holdMinutes: Int
    public var reminders: [Reminder]
    @Exact public var location: String?
    public var businessHours: WeeklyHours
    public var metadata: JSON

    /// The rules these settings make by themselves, in the zone they name.
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

    /// Whether the other settings make other slots.
    func schedulesLike(_ other: CalendarSettings) -> Bool {
        timezone.exact == other.timezone.exact && isActive == other.isActive && businessHours == other.businessHours
            && slotDuration == other.slotDuration && allowedDurations == other.allowedDurations
            && slotInterval == other.slotInterval && minNotice == other.minNotice
            && horizonDays == other.horizonDays && capacity == other.capacity
            && maxBookingsPerDay == other.maxBookingsPerDay
    }
}
