import Scheduling

/// What somebody was found to be allowed, and as whom.
public struct Access: Sendable {
    /// Nil for the organization itself: its keys, and subjects that see all.
    public let viewer: Viewer?
    public let permission: Permission

    init(viewer: Viewer?, permission: Permission) {
        self.viewer = viewer
        self.permission = permission
    }
}
