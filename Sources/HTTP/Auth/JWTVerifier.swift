public import AlmanacRuntime
import Foundation
import JWTKit
import Scheduling
import TenantActors

/// Checks JSON Web Tokens signed with the installation's secret (HS256, RFC 7519).
struct JWTVerifier: Sendable {
    private struct Claims: JWTPayload {
        var sub: SubjectClaim
        var org: String
        var scope: String
        var exp: ExpirationClaim
        var nbf: NotBeforeClaim?
        var iss: IssuerClaim?
        var aud: AudienceClaim?

        func verify(using algorithm: some JWTAlgorithm) throws {
            try exp.verifyNotExpired()
            try nbf?.verifyNotBefore()
        }
    }

    private let keys = JWTKeyCollection()
    private let issuer: String?
    private let audience: String?

    init(_ jwt: AlmanacConfiguration.JWT) async {
        issuer = jwt.issuer
        audience = jwt.audience
        await keys.add(hmac: HMACKey(from: jwt.secret), digestAlgorithm: .sha256)
    }

    /// Whether the header names the one algorithm we take, and no extension we would have to understand
    /// (RFC 8725 §3.1, RFC 7515 §4.1.11).
    private static func isAcceptable(_ token: String) -> Bool {
        guard let encoded = token.split(separator: ".", maxSplits: 1).first,
            let bytes = Base64URL.decode(String(encoded)), let header = try? JSON.parse(bytes)
        else { return false }
        return header["alg"]?.string == "HS256" && header["crit"] == nil
    }

    /// The principal a token names; nil if the token is not valid for this installation.
    func principal(_ token: String) async -> Principal? {
        guard token.utf8.count <= 8_192, Self.isAcceptable(token),
            let claims = try? await keys.verify(token, as: Claims.self)
        else { return nil }
        if let issuer, claims.iss?.value != issuer { return nil }
        if let audience, claims.aud?.value.contains(audience) != true { return nil }
        guard let organization = ID(claims.org), !claims.sub.value.isEmpty, claims.sub.value.utf8.count <= 255 else {
            return nil
        }
        let scopes = Set(claims.scope.split(separator: " ").compactMap { Scope(rawValue: String($0)) })
        return Principal(
            organizationID: organization, credential: "jwt:\(claims.sub.value)", scopes: scopes,
            member: scopes.contains(.calendarsAll) ? nil : claims.sub.value,
            expiresAt: Instant(microseconds: Int64(min(claims.exp.value.timeIntervalSince1970, 1e11) * 1_000_000))
        )
    }
}

/// Mints tokens for the command line and for tests.
public enum JWTMinter {
    private struct Claims: JWTPayload {
        var sub: String
        var org: String
        var scope: String
        var exp: ExpirationClaim
        var iss: String?
        var aud: String?

        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    /// A token of a subject, valid for `lifetime` seconds.
    public static func mint(
        _ jwt: AlmanacConfiguration.JWT, subject: String, organization: String, scopes: [String], lifetime: Int
    ) async throws -> String {
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: jwt.secret), digestAlgorithm: .sha256)
        return try await keys.sign(
            Claims(
                sub: subject, org: organization, scope: scopes.joined(separator: " "),
                exp: ExpirationClaim(value: Date().addingTimeInterval(Double(lifetime))), iss: jwt.issuer,
                aud: jwt.audience
            )
        )
    }
}
