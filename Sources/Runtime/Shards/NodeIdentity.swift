public import Scheduling

/// This process among the nodes of an installation.
public struct NodeIdentity: Sendable, Hashable {
    /// `node.id`: the same across restarts.
    public var id: String
    /// New for each start.
    public var incarnation: ID
    /// Where other nodes reach its internal listener; empty if they cannot.
    public var url: String
    public var process: ProcessMark

    public init(id: String, incarnation: ID, url: String, process: ProcessMark = .current) {
        self.id = id
        self.incarnation = incarnation
        self.url = url
        self.process = process
    }
}
