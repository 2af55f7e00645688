public import Scheduling

/// A calendar and its organization. Under another organization's id, no such calendar exists.
public struct CalendarKey: Sendable, Hashable {
    public let organization: ID
    public let calendar: ID

    public init(organization: ID, calendar: ID) {
        self.organization = organization
        self.calendar = calendar
    }
}
