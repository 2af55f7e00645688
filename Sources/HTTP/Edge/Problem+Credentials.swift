import HTTPTypes
import TenantActors

/// Refusals of credentials, with their challenges (RFC 6750 §3).
extension Problem {
    /// - Parameter isMissing: whether the request has no credential; then the challenge names no error (RFC 6750 §3.1).
    static func unauthorized(_ detail: String, isMissing: Bool = false) -> Problem {
        var problem = Problem(.unauthorized, "unauthorized", detail)
        problem.headers[.wwwAuthenticate] = challenge(isMissing ? nil : "invalid_token", isMissing ? nil : detail)
        return problem
    }

    /// The refusal of a credential that lacks a scope.
    static func insufficient(_ scope: Scope, _ reason: String = "This needs the scope") -> Problem {
        let detail = "\(reason) \(scope.rawValue)."
        var problem = Problem(.forbidden, "insufficient_scope", detail)
        problem.headers[.wwwAuthenticate] =
            challenge("insufficient_scope", detail) + ", scope=\"\(scope.rawValue)\""
        return problem
    }

    /// The challenge of RFC 6750 §3. Our details contain no quotes and no backslashes.
    private static func challenge(_ error: String?, _ detail: String?) -> String {
        var text = "Bearer realm=\"almanac\""
        if let error { text += ", error=\"\(error)\"" }
        if let detail { text += ", error_description=\"\(detail)\"" }
        return text
    }
}
