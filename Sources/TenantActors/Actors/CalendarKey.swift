public import Scheduling

/// A calendar by its organization: asked for under another one's name there is none.
public struct CalendarKey: Sendable, Hashable {
    public let organization: ID
    public let calendar: ID

    public init(organization: ID, calendar: ID) {
        self.organization = organization
        self.calendar = calendar
    }
}
