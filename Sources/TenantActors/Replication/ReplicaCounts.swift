import Metrics

/// Counts where replicas read their calendars.
struct ReplicaCounts: Sendable {
    private let fromMemory = Counter(label: "almanac_replica_reads_total", dimensions: [("source", "memory")])
    private let fromStore = Counter(label: "almanac_replica_reads_total", dimensions: [("source", "store")])
    private let fromRecord = Counter(label: "almanac_replica_reads_total", dimensions: [("source", "record")])

    /// The store said that the replica in memory is current.
    func memory() { fromMemory.increment() }

    /// A calendar was read from the hot store.
    func store() { fromStore.increment() }

    /// A calendar was read from the record.
    func record() { fromRecord.increment() }
}
