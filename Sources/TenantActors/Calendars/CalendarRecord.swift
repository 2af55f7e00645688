import AlmanacRuntime
public import Scheduling

/// A stored calendar.
public struct CalendarRecord: Sendable, Versioned {
    public let id: ID
    public let organizationID: ID
    public var settings: CalendarSettings
    /// The opening rules besides the weekly hours. Lists of calendars do not read them.
    public var openingRules: StoredOpeningRules
    /// The version of the settings.
    public var version: Int
    /// Grows with each change of the opening rules.
    public var openingRulesVersion: Int
    public let createdAt: Instant
    public var updatedAt: Instant
    public var isDeleted: Bool
    /// The calendar's shares, in order of their ids.
    public var shares: [CalendarShare] = []

    public init(
        id: ID, organizationID: ID, settings: CalendarSettings, openingRules: StoredOpeningRules = StoredOpeningRules(),
        version: Int = 1, openingRulesVersion: Int = 0, createdAt: Instant, updatedAt: Instant, isDeleted: Bool = false
    ) {
        self.id = id
        self.organizationID = organizationID
        self.settings = settings
        self.openingRules = openingRules
        self.version = version
        self.openingRulesVersion = openingRulesVersion
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.isDeleted = isDeleted
    }
}
