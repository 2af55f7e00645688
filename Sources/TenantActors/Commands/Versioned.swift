public import Scheduling

/// A resource with a version, so that a client can say which state it wants to change (`If-Match`).
public protocol Versioned {
    var id: ID { get }
    var version: Int { get }
}

extension Versioned {
    /// The strong entity tag of this state.
    public var tag: String { VersionTag.of(id, version) }

    /// - Throws: `preconditionFailed` if the client means another state.
    func check(_ condition: VersionCondition?) throws(CommandError) {
        if let condition, !condition.holds(tag) { throw .preconditionFailed }
    }
}
