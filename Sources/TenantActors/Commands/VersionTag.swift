import AlmanacRuntime
public import Scheduling

/// The condition of an `If-Match` header.
public enum VersionCondition: Sendable {
    case any
    case oneOf([String])

    func holds(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .oneOf(let tags): tags.contains { $0.exact == tag.exact }
        }
    }
}

/// The strong entity tag of a versioned resource.
public enum VersionTag {
    public static func of(_ id: ID, _ version: Int) -> String { "\"\(id)-\(version)\"" }
}
