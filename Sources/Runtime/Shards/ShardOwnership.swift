public import Scheduling

/// Which organizations this node may act for.
public protocol ShardOwnership: Sendable {
    /// Nil if the organization's shard is not surely this node's: its lease may have ended.
    func tenure(of organization: ID) -> Tenure?

    /// The record contradicts this node's knowledge: read it again soon.
    func lookAgain()
}

/// The right to act for one shard.
public struct Tenure: Sendable, Hashable {
    public var shard: Shard
    /// Raised whenever the shard changes hands; checked in the transaction of every write.
    public var epoch: Int64

    public init(shard: Shard, epoch: Int64) {
        self.shard = shard
        self.epoch = epoch
    }
}

/// One of 256 parts over which organizations are spread; each belongs to one node at a time.
public struct Shard: Sendable, Hashable, Comparable {
    public static let count = 256
    public let number: Int

    public init?(_ number: Int) {
        guard (0..<Self.count).contains(number) else { return nil }
        self.number = number
    }

    /// The shard of an organization: FNV-1a over the bytes of its id, folded to 8 bits. It never changes.
    public init(of organization: ID) {
        var hash: UInt32 = 2_166_136_261
        for byte in organization.bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        number = Int((hash ^ (hash >> 8) ^ (hash >> 16) ^ (hash >> 24)) & 0xFF)
    }

    public static func < (left: Shard, right: Shard) -> Bool { left.number < right.number }
}

/// One node for everything, as on SQLite.
public struct ConstantOwnership: ShardOwnership {
    public init() {}

    public func tenure(of organization: ID) -> Tenure? { Tenure(shard: Shard(of: organization), epoch: 0) }

    public func lookAgain() {}
}
