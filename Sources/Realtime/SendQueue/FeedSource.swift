package import TenantActors

/// Where subscriptions come from: ``Tenants``, or what a test puts in its place.
package protocol FeedSource: Sendable {
    /// Subscribes; the first messages are received before this returns.
    nonisolated(nonsending) func subscribe(
        _ query: FeedQuery, for principal: Principal, to sink: any FeedSink
    ) async throws(CommandError) -> any FeedSubscription
}

extension Tenants: FeedSource {}
