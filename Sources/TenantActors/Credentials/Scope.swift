/// What a credential may do.
public enum Scope: String, Sendable, CaseIterable, Hashable {
    case calendarsRead = "calendars:read"
    case calendarsWrite = "calendars:write"
    /// Every calendar of the organization, not only those of the subject.
    case calendarsAll = "calendars:all"
    case appointmentsRead = "appointments:read"
    case appointmentsWrite = "appointments:write"
    case appointmentsOverride = "appointments:override"
    case contactsRead = "contacts:read"
    case contactsWrite = "contacts:write"
    case widgetsRead = "widgets:read"
    case widgetsWrite = "widgets:write"
    case integrationsRead = "integrations:read"
    case integrationsWrite = "integrations:write"
    case webhooksWrite = "webhooks:write"
    case admin
}
