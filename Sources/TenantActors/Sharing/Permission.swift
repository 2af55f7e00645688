import Scheduling

/// What somebody may do with a calendar. Each level includes those before it: see docs/sharing.md.
public enum Permission: Int, Sendable, Comparable, CaseIterable {
    /// Which times can be booked, and nothing of who has the others.
    case viewFreeBusy
    /// Settings, appointments, and why a time cannot be booked.
    case view
    /// Holds and bookings, and what becomes of them.
    case book
    /// Settings and hours.
    case edit
    /// Who else may do what, and the calendar's end.
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
