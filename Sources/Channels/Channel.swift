public import Scheduling

/// A way of telling people what happened: e-mail, a log, later SMS, push, webhooks. A value; it never calls into an
/// actor, keeps no state that a restart may not lose, and leaves retries, limits and records to the dispatcher.
public protocol Channel: Sendable {
    var capabilities: ChannelCapabilities { get }

    /// Whom the event is to reach through this channel, each once; empty if nobody.
    ///
    /// Called once for each event; the same event gives the same targets.
    func targets(of notice: Notice) -> [String]

    /// Makes one attempt, and returns before the envelope's deadline if it can.
    func deliver(_ envelope: Envelope) async -> DeliveryOutcome

    /// Lets attempts under way end, within two seconds, and gives back what the channel holds. None is begun after it.
    func close() async
}

extension Channel {
    public func close() async {}
}

/// What a channel is, as data.
public struct ChannelCapabilities: Sendable {
    /// Stable: it is part of each delivery's identity.
    public let name: String
    /// The types of event it wants, for instance `appointment.booked`.
    public let events: Set<String>
    /// The most attempts under way at once.
    public let maxConcurrent: Int
    /// The most attempts under way at once for one organization, so that one cannot hold up the others.
    public let maxConcurrentPerOrganization: Int
    /// The most attempts begun in a second; nil if there is no such limit.
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

/// One delivery on its way.
public struct Envelope: Sendable {
    /// The same at every attempt: what a receiver tells repetitions by.
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

/// What became of an attempt. Reasons name codes and rules, never addresses or texts of users.
public enum DeliveryOutcome: Sendable, Equatable {
    case delivered
    /// Not now. `afterSeconds` is the receiver's wish, if it uttered one; otherwise the dispatcher's own schedule counts.
    case retry(afterSeconds: Int?, reason: String)
    /// Never: the receiver will not take it, however often it is asked.
    case rejected(reason: String)
    /// Not before then, and it is nobody's fault: does not count as an attempt.
    case deferred(until: Instant)
}
