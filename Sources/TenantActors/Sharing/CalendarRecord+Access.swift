import JSON
import AlmanacRuntime
import Scheduling

extension CalendarRecord {
    /// The highest permission that a viewer has now; nil if it may not see the calendar.
    func permission(of viewer: Viewer, at now: Instant) -> Permission? {
        if viewer.isNamed(by: settings.owner?.memberID) { return .manage }
        return shares.lazy.filter { $0.isInForce(at: now) && viewer.isGiven($0) }.map(\.permission).max()
    }

    /// When the viewer's next share expires.
    func nextExpiry(for viewer: Viewer, after now: Instant) -> Instant? {
        shares.lazy.filter { $0.isInForce(at: now) && viewer.isGiven($0) }.compactMap(\.expiresAt).min()
    }

    /// The calendar as a holder of this permission sees it. With free times alone, the owner and the details are empty.
    public func shown(to permission: Permission) -> CalendarRecord {
        guard permission < .view else { return self }
        var shown = self
        shown.settings.owner = nil
        shown.settings.notify = []
        shown.settings.description = nil
        shown.settings.location = nil
        shown.settings.reminders = []
        shown.settings.metadata = .object(JSONObject())
        return shown
    }

    /// The strong entity tag of ``shown(to:)``.
    public func tag(for permission: Permission) -> String {
        permission < .view ? "\"\(id)-\(version)-free-busy\"" : VersionTag.of(id, version)
    }
}
