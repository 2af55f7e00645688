public import SQL
public import Scheduling

/// The outcome of one change.
public enum CommitOutcome: Sendable {
    /// Durable. `seq` is the number of its last event, nil if it has none; `found` is the id that the last of its events
    /// with a ``FoundID`` names.
    case committed(seq: Int64?, found: ID? = nil)
    /// A guard of the database refused a row of this kind: an overlap, a name already taken.
    case conflict(kind: String)
    /// A row that the change builds on has changed: read and decide again.
    case stale
    /// The idempotency key has been used.
    case keyTaken
    /// The calendar's generation or its shard's epoch has moved: the owner that decided this was replaced.
    case fenced
    /// Not written.
    case failed(StoreError)
    /// Unknown whether it was written: keep its time and find out.
    case unknown
    /// Not accepted: the queue is full or closed.
    case refused(CommitRefusal)
}

/// Why the log did not accept a change.
public enum CommitRefusal: Sendable, Hashable {
    case overloaded, draining
}

/// Receives the outcomes of the changes that it sent, a group in one call, before their callers resume.
public protocol CommitSink: AnyObject, Sendable {
    /// `outcomes` in the order in which the changes were sent, which is also the order of their numbers.
    func settle(_ outcomes: [(ticket: Int, outcome: CommitOutcome)]) async
}
