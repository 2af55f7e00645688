/// The life of an appointment.
///
///     pending ──► confirmed ──► completed ◄──► no_show
///        │            │    └───────────────────►▲
///        └──► cancelled ◄┘
///
/// `cancelled` is final and reached only through cancel.
public enum AppointmentStatus: String, Sendable, CaseIterable, Hashable {
    case pending, confirmed, cancelled, completed
    case noShow = "no_show"

    /// Whether the appointment still keeps its time.
    public var isActive: Bool { self == .pending || self == .confirmed }

    /// Whether the state machine allows this move.
    public func allows(_ next: AppointmentStatus) -> Bool {
        switch self {
        case .pending: next == .confirmed || next == .cancelled
        case .confirmed: next == .completed || next == .noShow || next == .cancelled
        case .completed: next == .noShow
        case .noShow: next == .completed
        case .cancelled: false
        }
    }
}

/// Who asked for a cancellation. The notice period applies only to customers.
public enum CancellingParty: String, Sendable, CaseIterable, Hashable {
    case customer, host, system
}
