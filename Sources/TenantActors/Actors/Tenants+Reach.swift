import AlmanacRuntime
import Scheduling

/// An actor that belongs to an organization's shard.
protocol ShardResident: Sendable {
    /// The tenure under which the actor was loaded.
    nonisolated var tenure: Tenure { get }
    /// Whether nobody may use the actor any more, because the database may know something else.
    nonisolated var isRetired: Bool { get }
}

extension CalendarActor: ShardResident {}

extension OrganizationActor: ShardResident {
    nonisolated var isRetired: Bool { false }
}

extension Tenants {
    /// Runs `body` with an actor of this node's shards. If the actor is retired, or was loaded under an earlier tenure
    /// of its shard, a fresh actor replaces it and runs the command again.
    ///
    /// - Parameter pointer: the field of the body that names the actor's resource, if there is one.
    /// - Throws: `shardMoving` if another node owns the organization; `contended` if the fresh actors did not last
    ///   either.
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
