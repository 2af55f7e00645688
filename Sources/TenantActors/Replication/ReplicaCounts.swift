import Metrics

/// Where what replicas know came from.
struct ReplicaCounts: Sendable {
    private let fromMemory = Counter(label: "almanac_replica_reads_total", dimensions: [("source", "memory")])
    private let fromStore = Counter(label: "almanac_replica_reads_total", dimensions: [("source", "store")])
    private let fromRecord = Counter(label: "almanac_replica_reads_total", dimensions: [("source", "record")])

    /// A question to the store said that what is in memory is the newest there is.
    func memory() { fromMemory.increment() }

    /// A calendar was read from the store.
    func store() { fromStore.increment() }

    /// A calendar was read from the record.
    func record() { fromRecord.increment() }
}
