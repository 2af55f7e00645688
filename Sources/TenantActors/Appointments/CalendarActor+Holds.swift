import AlmanacRuntime
public import Scheduling

extension CalendarActor {
    /// An open hold, in the form of the answer that created it.
    public func standingHold(_ owner: ID) throws(CommandError) -> [UInt8] {
        guard !isRetired else { throw .retired }
        let found = state.occupancy.entries.first { $0.owner == owner }
        guard let entry = found, entry.kind == .hold, let end = entry.expiresAt, services.clock.now() < end else {
            throw .notFound(what: "hold", pointer: nil)
        }
        // The hold is becoming an appointment, or is not written yet.
        guard !entry.isInFlight else { throw .refused(.holdBusy) }
        return EventAnswer.render(
            type: "hold.placed", subjectID: owner, payload: HoldPayload.json(entry), secrets: services.secrets
        )
    }
}
