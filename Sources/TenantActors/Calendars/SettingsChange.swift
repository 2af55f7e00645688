public import JSON
import AlmanacRuntime
public import Scheduling

/// A change of a calendar's settings.
public enum SettingsChange: Sendable {
    /// A whole calendar (PUT); what is left out takes its default, but business hours and slug stay.
    case replace(JSON)
    /// A merge patch (RFC 7396).
    case merge(JSON)
    /// Another week.
    case businessHours(WeeklyHours)
}
