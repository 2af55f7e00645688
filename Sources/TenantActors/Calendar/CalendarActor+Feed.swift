import AlmanacRuntime
import Scheduling

extension CalendarActor {
    /// Takes a subscriber on. It is told the state of things before this returns.
    func subscribe(_ query: FeedQuery, _ sink: any FeedSink) throws(CommandError) -> FeedSubscriptionID {
        _ = try current()
        let errors = FieldErrors()
        query.range.check(in: query.zone ?? state.rules.zone, from: "/from", to: "/to", errors: errors)
        checkDuration(query.duration, errors: errors)
        guard errors.isEmpty else { throw .invalid(ValidationError(errors: errors.all)) }
        let now = services.clock.now()
        // What is known by now is told to those who watch already, so that all of them go on from one state.
        publish(nil, isLate: true, now: now)
        return try feed.subscribe(query, sink, &state, now: now)
    }

    func unsubscribe(_ id: FeedSubscriptionID) { feed.unsubscribe(id) }

    func resynchronize(_ id: FeedSubscriptionID) throws(CommandError) {
        guard !isRetired else { throw .retired }
        publish(nil, isLate: true, now: services.clock.now())
        try feed.resynchronize(id, seq: state.seq)
    }

    /// Tells the watchers what has changed since they were told last.
    func publish(_ happening: Feed.Happening?, isLate: Bool, now: Instant) {
        absorbTouched()
        let touched = untold
        untold = .nothing
        feed.publish(touched, happening, isLate: isLate, &state, now: now)
    }

    /// Passes on what the state says was altered to those who keep something made of it.
    func absorbTouched() {
        let touched = state.takeTouched()
        answers.invalidate(touched)
        untold.merge(touched)
    }

    /// Whether the clock has something to do here: a hold to end, or slots that watchers no longer should see.
    func isDue(_ now: Instant) -> Bool { hasHoldsDue(now) || feed.isDue(now) }

    /// Does what the clock asks for. Called by a ticker, so that it does not wait for the next booking.
    public func tick() async {
        await expireHolds()
        let now = services.clock.now()
        if !isRetired, feed.isDue(now) { publish(nil, isLate: true, now: now) }
    }

    /// The actor goes out of memory, or out of service: its watchers have to ask again.
    func leave() { feed.end() }
}
