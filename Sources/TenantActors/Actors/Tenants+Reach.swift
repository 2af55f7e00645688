import AlmanacRuntime
import Scheduling

/// An actor that belongs to an organization's shard.
protocol ShardResident: Sendable {
    /// The right under which it was loaded.
    nonisolated var tenure: Tenure { get }
    /// Whether what it knows may not be what the database knows.
    nonisolated var isRetired: Bool { get }
}

extension CalendarActor: ShardResident {}

extension OrganizationActor: ShardResident {
    nonisolated var isRetired: Bool { false }
}

extension Tenants {
    /// Runs `body` with an actor of this node's shards. One that was loaded before its shard went away and came back, or
    /// that is not to be trusted any more, is replaced by a fresh one, on which the command runs again.
    ///
    /// - Parameter pointer: the field of the body that names what is reached, if one does.
    /// - Throws: `shardMoving` where the organization is another node's; `contended` where even fresh ones did not last.
    nonisolated(nonsending) func reach<Key: Hashable & Sendable, Host: ShardResident, R: Sendable>(
        _ key: Key, of organization: ID, in directory: Directory<Key, Host>, pointer: String? = nil, attempts: Int = 4,
        _ body: nonisolated(nonsending) (Host) async throws(CommandError) -> R
    ) async throws(CommandError) -> R {
        for _ in 0..<attempts {
            guard let tenure = services.ownership.tenure(of: organization) else { throw .shardMoving }
            do {
                return try await directory.with(key) { host in
                    let result: Result<R, CommandError>
                    if host.tenure == tenure {
                        do throws(CommandError) { result = .success(try await body(host)) } catch {
                            result = .failure(error)
                        }
                    } else {
                        result = .failure(.retired)
                    }
                    if host.isRetired || host.tenure != tenure { await directory.evict(key) }
                    return try result.get()
                }
            } catch {
                let error = commandError(error, pointer: pointer)
                guard case .retired = error else { throw error }
            }
        }
        throw .contended
    }
}
