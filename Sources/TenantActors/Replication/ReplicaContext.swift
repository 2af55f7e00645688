import AlmanacRuntime
import Scheduling

/// The services that replicas use.
struct ReplicaContext: Sendable {
    let services: TenantServices
    let hot: HotState
    let reads: ReplicaReads
    let counts: ReplicaCounts
}
