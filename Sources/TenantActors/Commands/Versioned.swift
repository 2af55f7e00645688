public import Scheduling

/// A resource whose changes are counted, so that a client can say which state its change is meant for (`If-Match`).
public protocol Versioned {
    var id: ID { get }
    var version: Int { get }
}

extension Versioned {
    /// The strong entity tag of this state.
    public var tag: String { VersionTag.of(id, version) }

    /// - Throws: `preconditionFailed` where the client means another state.
    func check(_ condition: VersionCondition?) throws(CommandError) {
        if let condition, !condition.holds(tag) { throw .preconditionFailed }
    }
}
