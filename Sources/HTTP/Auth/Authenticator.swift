public import AlmanacRuntime
import Crypto
import HTTPTypes
import Hummingbird
import JWTKit
public import TenantActors
import Scheduling

/// Identifies the caller by the `Authorization` header, and nothing else.
public struct Authenticator: Sendable {
    private let keys: APIKeyDirectory
    private let operatorHash: [UInt8]?
    private let jwt: JWTVerifier?

    public init(tenants: Tenants, operatorToken: String?, jwt: AlmanacConfiguration.JWT?) async {
        keys = tenants.keys
        operatorHash = operatorToken.map { Secrets.digest($0.utf8) }
        self.jwt = jwt.map { JWTVerifier($0) }
    }

    /// The principal of a request; throws 401 without the required credential, 403 without the scope.
    func principal(_ request: Request, _ admission: Admission) async throws -> Principal {
        let principal = try await identify(request, admission)
        if case .scope(let scope) = admission { try require(scope, of: principal) }
        return principal
    }

    /// The same, whatever its scopes: throws only 401.
    func identify(_ request: Request, _ admission: Admission) async throws -> Principal {
        switch admission {
        case .anyone: return .nobody
        case .operator:
            try requireOperator(request)
            return .operator
        case .scope:
            guard let token = Self.bearer(request) else {
                throw Problem.unauthorized("A bearer token is required.", isMissing: true)
            }
            return try await resolve(token)
        }
    }

    /// Checks for a further scope.
    func require(_ scope: Scope, of principal: Principal) throws {
        guard principal.scopes.contains(scope) else { throw Problem.insufficient(scope) }
    }

    /// Whether the request carries the operator's token.
    func isOperator(_ request: Request) -> Bool { (try? requireOperator(request)) != nil }

    /// Throws 401 unless the request carries the operator's token.
    private func requireOperator(_ request: Request) throws {
        guard let operatorHash, let token = Self.bearer(request) else {
            throw Problem.unauthorized("The operator's token is required.", isMissing: true)
        }
        // Comparing hashes keeps the time of the comparison independent of the token.
        guard Secrets.digest(token.utf8) == operatorHash else {
            throw Problem.unauthorized("This is not the operator's token.")
        }
    }

    private func resolve(_ token: ExactText) async throws -> Principal {
        if token.hasPrefix(APIKey.marker.exact) {
            guard let principal = try await keys.principal(token.text) else {
                throw Problem.unauthorized("This API key is not known, was revoked, or is too old.")
            }
            return principal
        }
        guard let jwt else { throw Problem.unauthorized(JWTVerifier.Refusal.notOurs.rawValue) }
        let principal: Principal
        do {
            principal = try jwt.principal(token.text)
        } catch {
            throw Problem.unauthorized(error.rawValue)
        }
        guard try await keys.knows(organization: principal.organizationID) else {
            throw Problem.unauthorized("This token's organization does not exist.")
        }
        return principal
    }

    /// The organization of a request's credential, whatever its scopes; nil without a valid credential.
    func organization(_ request: Request) async throws -> ID? {
        guard let token = Self.bearer(request) else { return nil }
        do {
            return try await resolve(token).organizationID
        } catch is Problem {
            return nil
        }
    }

    private static func bearer(_ request: Request) -> ExactText? {
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.exact.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].isEqual(ignoringASCIICaseOf: "bearer") else { return nil }
        return parts[1]
    }
}
