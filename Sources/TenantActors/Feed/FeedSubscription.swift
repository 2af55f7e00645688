import AlmanacRuntime
import Scheduling

/// One subscriber's place in a calendar's feed. While it is held, the calendar stays in memory.
public final class FeedSubscription: Sendable {
    private let seat: any FeedSeat

    init(seat: any FeedSeat) { self.seat = seat }

    /// Sends a fresh snapshot: for a receiver that let messages go by.
    ///
    /// Throws ``CommandError/retired`` if the subscription has ended.
    public func resynchronize() async throws(CommandError) { try await seat.resynchronize() }

    /// Ends the subscription: nothing is received after this returns.
    public func cancel() async { await seat.cancel() }
}

/// Keeps watchers: the actor that owns a calendar, or a replica of it.
protocol FeedHost: Actor {
    func unsubscribe(_ id: FeedSubscriptionID)
    func resynchronize(_ id: FeedSubscriptionID) throws(CommandError)
}

/// A subscription, whoever keeps it.
protocol FeedSeat: Sendable {
    func resynchronize() async throws(CommandError)
    func cancel() async
}

/// A subscription that keeps its host in memory by a pin.
final class PinnedSeat<Key: Hashable & Sendable, Host: FeedHost>: FeedSeat {
    private let pin: Directory<Key, Host>.Pin
    private let id: FeedSubscriptionID

    init(_ pin: consuming Directory<Key, Host>.Pin, _ id: FeedSubscriptionID) {
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

/// Names a subscription within its calendar.
public struct FeedSubscriptionID: Hashable, Sendable {
    let number: Int
}

extension Tenants {
    /// Subscribes to a calendar that the principal may see. The first messages are received before this returns.
    public nonisolated(nonsending) func subscribe(
        _ query: FeedQuery, for principal: Principal, _ sink: any FeedSink
    ) async throws(CommandError) -> FeedSubscription {
        for _ in 0..<4 {
            if let replicas = replicas(for: principal) {
                let subscription = try await replicas.subscribe(query, for: principal, sink)
                await keepMemory()
                return subscription
            }
            // Asks for the calendar as every route does: tenancy and visibility are decided in one place.
            try await calendar(query.calendarID, for: principal, needing: .viewFreeBusy, pointer: "/calendar_id") {
                _ throws(CommandError) in
            }
            var query = query
            query.viewer = try await viewer(of: principal)
            do throws(CommandError) {
                let subscription = try await subscribePinned(query, for: principal, sink)
                await keepMemory()
                // Who it is may have changed before it was among those who are looked over then.
                if try await viewer(of: principal) == query.viewer { return subscription }
                await subscription.cancel()
            } catch {
                guard case .retired = error else { throw error }
            }
        }
        throw .contended
    }

    private nonisolated(nonsending) func subscribePinned(
        _ query: FeedQuery, for principal: Principal, _ sink: any FeedSink
    ) async throws(CommandError) -> FeedSubscription {
        do {
            let pin = try await calendars.pin(
                CalendarKey(organization: principal.organizationID, calendar: query.calendarID)
            )
            let id = try await pin.with { calendar in try await calendar.subscribe(query, sink) }
            return FeedSubscription(seat: PinnedSeat(pin, id))
        } catch let error as DirectoryError where error.code == .revoked {
            throw .retired
        } catch {
            throw commandError(error, pointer: "/calendar_id")
        }
    }
}
