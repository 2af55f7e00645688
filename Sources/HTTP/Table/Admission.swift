import TenantActors

/// Whom a route answers.
enum Admission: Sendable {
    /// Whoever asks.
    case anyone
    /// Whoever shows the operator's token.
    case `operator`
    /// Whoever shows a credential with this scope.
    case scope(Scope)

    /// What `x-scope` calls it in the contract.
    var name: String {
        switch self {
        case .anyone: "none"
        case .operator: "operator"
        case .scope(let scope): scope.rawValue
        }
    }
}
