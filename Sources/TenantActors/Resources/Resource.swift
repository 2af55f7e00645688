public import JSON
public import Scheduling

/// What every resource of an organization has.
public struct ResourceHead: Sendable, Hashable {
    public let id: ID
    public let organizationID: ID
    public var version: Int
    public let createdAt: Instant
    public var updatedAt: Instant

    /// That of a resource that a body describes and that nobody keeps yet.
    static let draft = ResourceHead(
        id: ID(high: 0, low: 0), organizationID: ID(high: 0, low: 0), version: 0, createdAt: Instant(microseconds: 0),
        updatedAt: Instant(microseconds: 0)
    )
}

/// Something that an organization keeps in a table of its own and that clients create, read and patch.
///
/// Its ``FieldTable`` lists the fields once: bodies, patches, answers and columns follow from it.
public protocol Resource: Sendable, Versioned {
    static var table: FieldTable<Self> { get }

    var head: ResourceHead { get set }

    /// Every field empty.
    init()

    /// Fills in what a body may leave out and what depends on the head.
    mutating func complete()
}

extension Resource {
    public var id: ID { head.id }
    public var version: Int { head.version }

    public mutating func complete() {}

    /// Reads a whole body; records every error, and returns nil if there is one.
    public static func read(_ reader: ObjectReader) -> Self? { table.read(reader) }

    public var json: [UInt8] { Self.table.json(self) }

    /// The first version of what a body describes.
    func created(_ id: ID, in organization: ID, at now: Instant) -> Self {
        var record = self
        record.head = ResourceHead(id: id, organizationID: organization, version: 1, createdAt: now, updatedAt: now)
        record.complete()
        return record
    }

    /// This one with a merge patch (RFC 7396) laid over it, not completed yet.
    func patched(_ patch: JSON) throws(CommandError) -> Self {
        do throws(ValidationError) { return try Self.table.patched(self, patch) } catch { throw .invalid(error) }
    }

    /// The next version.
    func next(at now: Instant) -> Self {
        var record = self
        record.head.version += 1
        record.head.updatedAt = now
        return record
    }
}
