import TenantActors

/// Where subscriptions come from: ``Tenants``, or what a test puts in its place.
protocol FeedSource: Sendable {
    /// Subscribes; the first messages are received before this returns.
    func subscribe(
        _ query: FeedQuery, for principal: Principal, to sink: any FeedSink
    ) async throws(CommandError) -> any LiveSubscription
}

/// A subscription to a calendar's feed.
protocol LiveSubscription: Sendable {
    /// Has a fresh snapshot sent.
    func resynchronize() async throws(CommandError)
    /// Nothing is received after this returns.
    func cancel() async
}

extension FeedSubscription: LiveSubscription {}

extension Tenants: FeedSource {
    func subscribe(
        _ query: FeedQuery, for principal: Principal, to sink: any FeedSink
    ) async throws(CommandError) -> any LiveSubscription {
        try await subscribe(query, for: principal, sink)
    }
}
