public import Scheduling

/// The nodes and leases in the record at one moment, by its clock.
public struct LeaseView: Sendable, Hashable {
    public struct Node: Sendable, Hashable {
        public var id: String
        public var incarnation: ID
        public var url: String
        public var process: ProcessMark
        /// Whether it is handing over its shards, or has done so.
        public var isDraining: Bool
        public var startedAt: Instant
        public var seenAt: Instant
        /// Milliseconds since its last beat.
        public var silentFor: Int64

        public init(
            id: String, incarnation: ID, url: String, process: ProcessMark = ProcessMark(text: ""),
            isDraining: Bool = false, startedAt: Instant, seenAt: Instant, silentFor: Int64
        ) {
            self.id = id
            self.incarnation = incarnation
            self.url = url
            self.process = process
            self.isDraining = isDraining
            self.startedAt = startedAt
            self.seenAt = seenAt
            self.silentFor = silentFor
        }
    }

    public struct Lease: Sendable, Hashable {
        public var shard: Shard
        /// Nil if no node has it.
        public var owner: String?
        public var incarnation: ID?
        public var epoch: Int64
        /// Milliseconds until it ends; 0 or less if it has ended.
        public var remaining: Int64

        public init(shard: Shard, owner: String?, incarnation: ID?, epoch: Int64, remaining: Int64) {
            self.shard = shard
            self.owner = owner
            self.incarnation = incarnation
            self.epoch = epoch
            self.remaining = remaining
        }

        /// Whether any node may take it.
        public var isFree: Bool { owner == nil || remaining <= 0 }
    }

    public var nodes: [Node]
    public var leases: [Lease]

    public init(nodes: [Node], leases: [Lease]) {
        self.nodes = nodes
        self.leases = leases
    }
}
