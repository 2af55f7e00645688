import JSON
import AlmanacRuntime
import Scheduling

extension CalendarRecord {
    /// The highest level that a viewer has now; nil if the calendar is not for its eyes at all.
    func permission(of viewer: Viewer, at now: Instant) -> Permission? {
        if viewer.isNamed(by: settings.owner?.memberID) { return .manage }
        return shares.lazy.filter { $0.isInForce(at: now) && viewer.isGiven($0) }.map(\.permission).max()
    }

    /// When time alone may next take something from the viewer.
    func nextExpiry(for viewer: Viewer, after now: Instant) -> Instant? {
        shares.lazy.filter { $0.isInForce(at: now) && viewer.isGiven($0) }.compactMap(\.expiresAt).min()
    }

    /// The calendar as this level shows it: with free times alone nobody learns whose it is, or what it is for.
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

    /// The strong tag of what ``shown(to:)`` shows.
    public func tag(for permission: Permission) -> String {
        permission < .view ? "\"\(id)-\(version)-free-busy\"" : VersionTag.of(id, version)
    }
}
