import AlmanacRuntime
import Scheduling

/// What replicas stand on.
struct ReplicaContext: Sendable {
    let services: TenantServices
    let hot: HotState
    let reads: ReplicaReads
    let counts: ReplicaCounts
}
