import AlmanacRuntime
import Scheduling
import Synchronization

/// Maps the subjects of tokens to viewers: each is looked up once, and then kept in memory until membership changes.
public final class MemberDirectory: Sendable {
    private struct Key: Hashable {
        let organization: ID
        let subject: ExactText
    }

    private struct State {
        var viewers: [Key: (viewer: Viewer, until: UInt64)] = [:]
        /// Grows with each change, so that a look-up under way does not store again what the change removed.
        var revision = 0
    }

    private static let maxEntries = 10_000
    private let queries: MembershipQueries
    private let maxAge: UInt64
    private let monotonic: @Sendable () -> UInt64
    private let state = Mutex(State())

    /// - Parameter maxAge: after how many nanoseconds a viewer is read again, in case an announcement was lost.
    init(
        database: any Database, maxAge: UInt64 = .max,
        monotonic: @escaping @Sendable () -> UInt64 = SystemClock.monotonic
    ) {
        queries = MembershipQueries(database)
        self.maxAge = maxAge
        self.monotonic = monotonic
    }

    /// - Parameter isFresh: reads the record even if the viewer is cached. A node needs this if it learns of membership
    ///   changes only by announcements.
    func viewer(
        _ subject: String, of organization: ID, isFresh: Bool = false
    ) async throws(CommandError) -> Viewer {
        let key = Key(organization: organization, subject: subject.exact)
        let now = monotonic()
        let (known, revision) = state.withLock { ($0.viewers[key], $0.revision) }
        if !isFresh, let known, now < known.until { return known.viewer }
        do {
            let viewer = try await queries.viewer(subject, organization)
            let (end, isOver) = now.addingReportingOverflow(maxAge)
            state.withLock { state in
                guard state.revision == revision else { return }
                if state.viewers.count >= Self.maxEntries { state.viewers.removeAll(keepingCapacity: true) }
                state.viewers[key] = (viewer, isOver ? .max : end)
            }
            return viewer
        } catch {
            throw .unavailable(error)
        }
    }

    /// Forgets an organization's members.
    func forget(organization: ID) {
        state.withLock { state in
            state.revision += 1
            state.viewers = state.viewers.filter { $0.key.organization != organization }
        }
    }

    /// Forgets all members, because something changed elsewhere, or may have changed.
    public func forgetAll() {
        state.withLock { state in
            state.revision += 1
            state.viewers.removeAll(keepingCapacity: true)
        }
    }
}
