import Scheduling

/// The permission that a caller was found to have, and its viewer.
public struct Access: Sendable {
    /// Nil for API keys and subjects that see all calendars.
    public let viewer: Viewer?
    public let permission: Permission

    init(viewer: Viewer?, permission: Permission) {
        self.viewer = viewer
        self.permission = permission
    }
}
