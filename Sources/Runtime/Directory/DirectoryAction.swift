/// A call counted in flight, on the resident that serves it.
@usableFromInline
struct DirectoryCall<Resident: Sendable>: Sendable {
    /// Stays valid while the call is in flight.
    @usableFromInline let slot: Int
    @usableFromInline let resident: Resident

    @inlinable init(slot: Int, resident: Resident) {
        self.slot = slot
        self.resident = resident
    }
}

/// A resident that the receiver of this value must passivate now, and then report as `passivated`.
@usableFromInline
struct DirectoryDeparture<Key: Sendable, Resident: Sendable>: Sendable {
    @usableFromInline let slot: Int
    @usableFromInline let key: Key
    @usableFromInline let resident: Resident
}

/// The next step of a caller that wants a resident.
@usableFromInline
enum DirectoryEntrance<Key: Sendable, Resident: Sendable>: Sendable {
    /// The call is counted: run it, then `leave`.
    case run(DirectoryCall<Resident>)
    /// The caller leads: it activates, then reports `activated` or `activationFailed`.
    case activate(slot: Int)
    /// The caller leads, but must first passivate this one, whose place `heir` inherits.
    case makeRoom(DirectoryDeparture<Key, Resident>, heir: Int)
    /// The key is on its way in or out: park with `wait`.
    case wait
    case refuse(DirectoryError.Code)
}

/// The answer to a parked caller.
@usableFromInline
enum DirectoryWake<Resident: Sendable>: Sendable {
    /// The call is already counted: run it, then `leave`.
    case run(DirectoryCall<Resident>)
    /// Something ended: start again.
    case lookAgain
    case fail(any Error)
}

/// Parked callers to resume, outside the lock, with one answer.
@usableFromInline
struct DirectoryResumption<Resident: Sendable, Waiter: Sendable>: Sendable {
    @usableFromInline let waiters: [Waiter]
    @usableFromInline let wake: DirectoryWake<Resident>
}

/// The result of a successful activation.
@usableFromInline
struct DirectoryActivated<Resident: Sendable, Waiter: Sendable>: Sendable {
    /// The leader's own call.
    let call: DirectoryCall<Resident>
    let resumption: DirectoryResumption<Resident, Waiter>
}

/// The result of a finished passivation.
@usableFromInline
struct DirectoryPassivated<Resident: Sendable, Waiter: Sendable>: Sendable {
    /// True if the heir got the place: its leader activates now. Otherwise the leader looks again.
    let heirMayActivate: Bool
    let resumptions: [DirectoryResumption<Resident, Waiter>]
}

/// The answer to a caller that wants to turn its call into a pin.
@usableFromInline
enum DirectoryPinning: Equatable, Sendable {
    case pinned(epoch: UInt64)
    /// Evicted meanwhile: leave, and ask again.
    case retry
    case refuse(DirectoryError.Code)
}

/// The next step of a drain.
@usableFromInline
enum DirectoryDraining<Key: Sendable, Resident: Sendable>: Sendable {
    case passivate(DirectoryDeparture<Key, Resident>)
    /// Only residents with calls in flight are left: each is passivated by its last caller.
    case wait
    case done
}
