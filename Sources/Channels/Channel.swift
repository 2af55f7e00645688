public import Scheduling

/// A way of sending messages: e-mail or a log; later SMS, push, webhooks. A channel is a value. It never calls an actor
/// and keeps no state that a restart must not lose. The dispatcher does retries, limits and records.
public protocol Channel: Sendable {
    var capabilities: ChannelCapabilities { get }

    /// The addressees of the event in this channel, each once; empty if there are none.
    ///
    /// Called once for each event. The same event gives the same targets.
    func targets(of notice: Notice) -> [String]

    /// Makes one attempt, and returns before the envelope's deadline if it can.
    func deliver(_ envelope: Envelope) async -> DeliveryOutcome

    /// Lets running attempts end within two seconds, and frees what the channel holds. No attempt begins afterwards.
    func close() async
}

extension Channel {
    public func close() async {}
}

/// The properties of a channel, as data.
public struct ChannelCapabilities: Sendable {
    /// Must never change: it is part of each delivery's identity.
    public let name: String
    /// The types of event that the channel sends, for instance `appointment.booked`.
    public let events: Set<String>
    /// How many attempts may run at once.
    public let maxConcurrent: Int
    /// How many attempts of one organization may run at once, so that no organization delays the others.
    public let maxConcurrentPerOrganization: Int
    /// How many attempts may begin in a second; nil without such a limit.
    public let maxPerSecond: Int?
    /// How long one attempt may take, in seconds.
    public let timeoutSeconds: Int

    public init(
        name: String, events: Set<String>, maxConcurrent: Int, maxConcurrentPerOrganization: Int,
        maxPerSecond: Int? = nil, timeoutSeconds: Int
    ) {
        self.name = name
        self.events = events
        self.maxConcurrent = maxConcurrent
        self.maxConcurrentPerOrganization = maxConcurrentPerOrganization
        self.maxPerSecond = maxPerSecond
        self.timeoutSeconds = timeoutSeconds
    }
}

/// One attempt of a delivery.
public struct Envelope: Sendable {
    /// The same at every attempt: it tells the receiver which messages are repeats.
    public let id: ID
    public let target: String
    /// 1 at the first attempt.
    public let attempt: Int
    /// When the attempt should be over.
    public let deadline: Instant
    public let notice: Notice

    public init(id: ID, target: String, attempt: Int, deadline: Instant, notice: Notice) {
        self.id = id
        self.target = target
        self.attempt = attempt
        self.deadline = deadline
        self.notice = notice
    }
}

/// The outcome of an attempt. Reasons contain codes and rules, never addresses or texts of users.
public enum DeliveryOutcome: Sendable, Equatable {
    case delivered
    /// Try again later: after `afterSeconds` if the receiver asked for that, otherwise by the dispatcher's schedule.
    case retry(afterSeconds: Int?, reason: String)
    /// Never try again: the receiver refuses the message for good.
    case rejected(reason: String)
    /// Try again at that time. Nobody is at fault, so this does not count as an attempt.
    case deferred(until: Instant)
}
