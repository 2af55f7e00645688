/// Who may cancel, and until when.
public struct CancellationPolicy: Sendable {
    /// Minutes before the start after which a customer can no longer cancel.
    public let noticeMinutes: Int

    public init(noticeMinutes: Int) { self.noticeMinutes = noticeMinutes }

    /// Throws if the appointment's state does not allow it, or if a customer is too late. Hosts may always cancel.
    public func check(
        _ status: AppointmentStatus, startsAt: Instant, by party: CancellingParty, now: Instant
    ) throws(Refusal) {
        guard status.allows(.cancelled) else { throw .invalidTransition(from: status, to: .cancelled) }
        let until = startsAt.adding(minutes: -noticeMinutes)
        if party == .customer, now > until { throw .cancellationWindowClosed(until: until) }
    }
}
