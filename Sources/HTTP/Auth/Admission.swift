import Scheduling
import TenantActors

/// The credential that a route requires.
enum Admission: Sendable {
    /// None.
    case anyone
    /// The operator's token.
    case `operator`
    /// An API key or a token with this scope.
    case scope(Scope)

    /// Its name in the contract's `x-scope`.
    var name: String {
        switch self {
        case .anyone: "none"
        case .operator: "operator"
        case .scope(let scope): scope.rawValue
        }
    }
}

extension Principal {
    /// The principal of routes that require no credential. It may do nothing.
    static let nobody = Principal(organizationID: .nothing, credential: "nobody", scopes: [], member: "")
    /// The operator of the installation, who belongs to no organization.
    static let `operator` = Principal(organizationID: .nothing, credential: "operator", scopes: [])
}

extension ID {
    /// An id that nothing has.
    static let nothing = ID(high: 0, low: 0)
}
