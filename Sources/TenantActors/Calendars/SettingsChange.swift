public import JSON
import AlmanacRuntime
public import Scheduling

/// A change of a calendar's settings.
public enum SettingsChange: Sendable {
    /// A whole calendar (PUT). Fields that are left out get their defaults, but business hours and slug stay.
    case replace(JSON)
    /// A merge patch (RFC 7396).
    case merge(JSON)
    /// New weekly hours.
    case businessHours(WeeklyHours)
}
