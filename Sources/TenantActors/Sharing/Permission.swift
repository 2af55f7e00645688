import Scheduling

/// What a viewer may do with a calendar. Each level includes those before it: see docs/sharing.md.
public enum Permission: Int, Sendable, Comparable, CaseIterable {
    /// Sees which times are free, and nothing about the others.
    case viewFreeBusy
    /// Sees settings and appointments, and why a time cannot be booked.
    case view
    /// Places holds, and books, changes and cancels appointments.
    case book
    /// Changes settings and opening rules.
    case edit
    /// Changes shares, and deletes the calendar.
    case manage

    public var name: String {
        switch self {
        case .viewFreeBusy: "view_free_busy"
        case .view: "view"
        case .book: "book"
        case .edit: "edit"
        case .manage: "manage"
        }
    }

    public init?(name: String) {
        let name = name.exact
        guard let found = Self.allCases.first(where: { $0.name.exact == name }) else { return nil }
        self = found
    }

    public static func < (left: Permission, right: Permission) -> Bool { left.rawValue < right.rawValue }
}
