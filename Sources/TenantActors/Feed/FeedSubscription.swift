import AlmanacRuntime
import Scheduling

/// One subscriber's place in a calendar's feed. While it is held, the calendar stays in memory.
public protocol FeedSubscription: Sendable {
    /// Sends a fresh snapshot: for a receiver that let messages go by.
    ///
    /// Throws ``CommandError/retired`` if the subscription has ended.
    func resynchronize() async throws(CommandError)

    /// Ends the subscription: nothing is received after this returns.
    func cancel() async
}

/// Names a subscription within its calendar.
public struct FeedSubscriptionID: Hashable, Sendable {
    let number: Int
}

/// Keeps watchers: the actor that owns a calendar, or a replica of it.
protocol FeedHost: Actor {
    func subscribe(_ query: FeedQuery, _ sink: any FeedSink) async throws(CommandError) -> FeedSubscriptionID
    func unsubscribe(_ id: FeedSubscriptionID)
    func resynchronize(_ id: FeedSubscriptionID) throws(CommandError)
}

/// A subscription that keeps its host in memory by a pin.
private final class PinnedSubscription<Host: FeedHost>: FeedSubscription {
    private let pin: Directory<CalendarKey, Host>.Pin
    private let id: FeedSubscriptionID

    init(_ pin: consuming Directory<CalendarKey, Host>.Pin, _ id: FeedSubscriptionID) {
        self.pin = pin
        self.id = id
    }

    func resynchronize() async throws(CommandError) {
        let id = id
        let result: Result<Void, CommandError>
        do {
            result = try await pin.with { host in
                do throws(CommandError) { return .success(try await host.resynchronize(id)) } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .retired
        }
        try result.get()
    }

    func cancel() async {
        let id = id
        try? await pin.with { host in await host.unsubscribe(id) }
    }
}

extension Tenants {
    /// Subscribes to a calendar that the principal may see. The first messages arrive before this returns.
    public nonisolated(nonsending) func subscribe(
        _ query: FeedQuery, for principal: Principal, to sink: any FeedSink
    ) async throws(CommandError) -> any FeedSubscription {
        for _ in 0..<4 {
            let subscription =
                if let replicas = replicas(for: principal) {
                    try await replicas.subscribe(query, for: principal, to: sink)
                } else {
                    try await subscribeHere(query, for: principal, to: sink)
                }
            guard let subscription else { continue }
            await keepMemory()
            return subscription
        }
        throw .contended
    }

    private nonisolated(nonsending) func subscribeHere(
        _ query: FeedQuery, for principal: Principal, to sink: any FeedSink
    ) async throws(CommandError) -> (any FeedSubscription)? {
        // Asks for the calendar as every route does: tenancy and visibility are decided in one place.
        try await calendar(query.calendarID, for: principal, needing: .viewFreeBusy, pointer: "/calendar_id") {
            _ throws(CommandError) in
        }
        do throws(CommandError) {
            return try await calendars.subscribe(query, for: principal, to: sink) {
                () async throws(CommandError) in try await viewer(of: principal)
            }
        } catch {
            throw commandError(error, pointer: nil)
        }
    }
}

extension Directory where Key == CalendarKey, Resident: FeedHost {
    /// Subscribes to the calendar's resident in this directory. Nil if it was evicted meanwhile, or if the viewer changed:
    /// try again.
    nonisolated(nonsending) func subscribe(
        _ query: FeedQuery, for principal: Principal, to sink: any FeedSink,
        as viewer: nonisolated(nonsending) () async throws(CommandError) -> Viewer?
    ) async throws(CommandError) -> (any FeedSubscription)? {
        var query = query
        query.viewer = try await viewer()
        let wanted = query
        do {
            let pin = try await pin(
                CalendarKey(organization: principal.organizationID, calendar: query.calendarID)
            )
            let id = try await pin.with { host in try await host.subscribe(wanted, sink) }
            let subscription = PinnedSubscription(pin, id)
            // The viewer may have changed before the subscription existed, so that the review missed it.
            let isSame: Bool
            do throws(CommandError) { isSame = try await viewer() == wanted.viewer } catch {
                await subscription.cancel()
                throw error
            }
            if isSame { return subscription }
            await subscription.cancel()
            return nil
        } catch let error as DirectoryError where error.code == .revoked {
            return nil
        } catch {
            let error = Tenants.plain(error, pointer: "/calendar_id")
            if case .retired = error { return nil }
            throw error
        }
    }
}
