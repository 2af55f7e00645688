import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// Conditional requests (RFC 9110 §13).
extension Call {
    /// The condition in `If-Match`, if any.
    var ifMatch: VersionCondition? {
        guard let value = request.headers[.ifMatch] else { return nil }
        if value.exact.trimmed == "*" { return .any }
        return .oneOf(value.exact.split(separator: ",").map { $0.trimmed.text })
    }

    /// Whether the client reads and already has this tag: `If-None-Match` names it (weak comparison, §13.1.2).
    func has(_ tag: String) -> Bool {
        guard request.method == .get || request.method == .head, let value = request.headers[.ifNoneMatch] else {
            return false
        }
        if value.exact.trimmed == "*" { return true }
        let tag = tag.exact
        return value.exact.split(separator: ",").contains { part in
            let given = part.trimmed
            return given == tag || (given.hasPrefix("W/") && given.dropFirst(2) == tag)
        }
    }
}
