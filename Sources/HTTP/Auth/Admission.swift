import Scheduling
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

extension Principal {
    /// Whoever shows no credential, where none is asked for: may do nothing.
    static let nobody = Principal(organizationID: .nothing, credential: "nobody", scopes: [], member: "")
    /// Whoever runs the installation. No organization is its own.
    static let `operator` = Principal(organizationID: .nothing, credential: "operator", scopes: [])
}

extension ID {
    /// Names nothing.
    static let nothing = ID(high: 0, low: 0)
}
