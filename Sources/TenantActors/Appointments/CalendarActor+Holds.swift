import AlmanacRuntime
public import Scheduling

extension CalendarActor {
    /// A hold that stands, in the words of the answer to its placing.
    public func standingHold(_ owner: ID) throws(CommandError) -> [UInt8] {
        guard !isRetired else { throw .retired }
        let found = state.occupancy.entries.first { $0.owner == owner }
        guard let entry = found, entry.kind == .hold, let end = entry.expiresAt, services.clock.now() < end else {
            throw .notFound(what: "hold", pointer: nil)
        }
        // It is becoming an appointment, or is not written yet.
        guard !entry.isInFlight else { throw .refused(.holdBusy) }
        return EventAnswer.render(
            type: "hold.placed", subjectID: owner, payload: HoldPayload.json(entry), secrets: services.secrets
        )
    }
}
