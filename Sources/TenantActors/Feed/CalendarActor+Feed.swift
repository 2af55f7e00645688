import AlmanacRuntime
import Scheduling

extension CalendarActor: FeedHost {
    /// Takes a subscriber on. It is told the state of things before this returns.
    func subscribe(_ query: FeedQuery, _ sink: any FeedSink) throws(CommandError) -> FeedSubscriptionID {
        try checkInForce()
        return try live.subscribe(query, sink, now: services.clock.now())
    }

    func unsubscribe(_ id: FeedSubscriptionID) { feed.unsubscribe(id) }

    func resynchronize(_ id: FeedSubscriptionID) throws(CommandError) {
        guard !isRetired else { throw .retired }
        try live.resynchronize(id, now: services.clock.now())
    }

    /// Tells the watchers what has changed since they were told last.
    func publish(_ happening: Feed.Happening?, isLate: Bool, now: Instant) {
        live.publish(happening, isLate: isLate, now: now)
    }

    var watchingViewers: Set<Viewer> { feed.viewers }

    /// Has those who watch as one of these ask again.
    func dismiss(_ viewers: Set<Viewer>) { feed.dismiss(viewers) }

    /// Whether the clock has something to do here: a hold to end, slots that watchers no longer should see, or hot state
    /// to write again.
    func isDue(_ now: Instant) -> Bool {
        hasHoldsDue(now) || feed.isDue(now) || isHotStateDue || isClockSetBack(now)
    }

    /// Does what the clock asks for. Called by a ticker, so that it does not wait for the next booking.
    public func tick() async {
        // Whoever ticks it takes it out of service then.
        guard (try? checkInForce()) != nil else { return }
        await expireHolds()
        let now = services.clock.now()
        if !isRetired, feed.isDue(now) { publish(nil, isLate: true, now: now) }
        await repairHotState()
    }

    /// The actor goes out of memory, or out of service: its watchers have to ask again.
    func leave() { feed.end() }
}
