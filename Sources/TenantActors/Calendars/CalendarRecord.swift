import AlmanacRuntime
public import Scheduling

/// A calendar as it is kept.
public struct CalendarRecord: Sendable, Versioned {
    public let id: ID
    public let organizationID: ID
    public var settings: CalendarSettings
    /// What shapes its open time beside the settings. Not read for lists of calendars.
    public var openingRules: StoredOpeningRules
    /// That of the settings.
    public var version: Int
    /// Raised by each change of the opening rules.
    public var openingRulesVersion: Int
    public let createdAt: Instant
    public var updatedAt: Instant
    public var isDeleted: Bool
    /// To whom it is given, in order of their ids.
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
