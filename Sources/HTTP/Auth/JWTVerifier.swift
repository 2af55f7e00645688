import JSON
public import AlmanacRuntime
import Crypto
import Foundation
import JWTKit
import Scheduling
import TenantActors

/// Checks JSON Web Tokens signed with the installation's secret (HS256, RFC 7519).
///
/// Header and claims are parsed like all other JSON from outside, so names and values are compared by their bytes (RFC
/// 7515 §10.13), and a hostile token costs no more than its length.
struct JWTVerifier: Sendable {
    /// The longest token that is parsed, in bytes.
    static let maxBytes = 8_192

    private let key: SymmetricKey
    private let issuer: ExactText?
    private let audience: ExactText?

    init(_ jwt: AlmanacConfiguration.JWT) {
        key = SymmetricKey(data: Array(jwt.secret.utf8))
        issuer = jwt.issuer?.exact
        audience = jwt.audience?.exact
    }

    /// Why a token is refused, as its bearer may learn. For a token that we did not sign, the answer gives no reason.
    enum Refusal: String, Error {
        case notOurs = "This token is not valid."
        case withoutEnd = "This token has no exp, or one that is not a number of seconds."
        case expired = "This token has expired (exp)."
        case notYetValid = "This token is not valid yet (nbf)."
        case forOthers = "This token is from another issuer (iss), or for another audience (aud)."
        case incomplete = "This token lacks a usable sub, org or scope."
    }

    /// The principal a token names, if it is valid for this installation.
    func principal(_ token: String, at now: Double = Date().timeIntervalSince1970) throws(Refusal) -> Principal {
        guard let claims = claims(of: token) else { throw .notOurs }
        let end = try end(of: claims, at: now)
        guard isForUs(claims) else { throw .forOthers }
        // No database stores U+0000 in a text, so no subject contains it.
        guard let subject = claims["sub"]?.string, (1...255).contains(subject.utf8.count), !subject.utf8.contains(0),
            let organization = claims["org"]?.string.flatMap({ ID($0) }), let scope = claims["scope"]?.string
        else { throw .incomplete }
        let scopes = Set(scope.exact.split(separator: " ").compactMap { Scope(named: $0.text) })
        return Principal(
            organizationID: organization, credential: "jwt:\(subject)", scopes: scopes,
            member: scopes.contains(.calendarsAll) ? nil : subject,
            expiresAt: Instant(microseconds: Int64(min(end, 1e11) * 1_000_000))
        )
    }

    /// The claims of a token with a valid signature.
    private func claims(of token: String) -> JSONObject? {
        guard token.utf8.count <= Self.maxBytes else { return nil }
        let parts = token.exact.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, Self.isAcceptable(parts[0]),
            let signature = Base64URL.decode(parts[2].text),
            HMAC<SHA256>.isValidAuthenticationCode(
                signature, authenticating: Array("\(parts[0]).\(parts[1])".utf8), using: key
            ),
            let bytes = Base64URL.decode(parts[1].text, limit: Self.maxBytes)
        else { return nil }
        return (try? JSON.parse(bytes))?.object
    }

    /// Whether the header names the one algorithm that we accept, and no extension that we would have to understand
    /// (RFC 8725 §3.1, RFC 7515 §4.1.11).
    private static func isAcceptable(_ encoded: ExactText) -> Bool {
        guard let bytes = Base64URL.decode(encoded.text), let header = try? JSON.parse(bytes) else { return false }
        return header["alg"]?.string?.exact == "HS256" && header["crit"] == nil
    }

    /// Checks that `exp` is present and in the future, and that `nbf`, if present, is in the past (RFC 7519 §4.1.4,
    /// §4.1.5).
    private func end(of claims: JSONObject, at now: Double) throws(Refusal) -> Double {
        guard let end = claims["exp"]?.seconds else { throw .withoutEnd }
        guard now < end else { throw .expired }
        switch claims["nbf"] {
        case nil, .null: return end
        case let begin?:
            guard let begin = begin.seconds, begin <= now else { throw .notYetValid }
            return end
        }
    }

    /// Whether issuer and audience have the right types, and match those of the installation if it configures them.
    private func isForUs(_ claims: JSONObject) -> Bool {
        let issuers: [JSON]
        switch claims["iss"] {
        case nil, .null: issuers = []
        case let given?: issuers = [given]
        }
        let audiences: [JSON]
        switch claims["aud"] {
        case nil, .null: audiences = []
        case .array(let items): audiences = items
        case let given?: audiences = [given]
        }
        guard (issuers + audiences).allSatisfy({ $0.string != nil }) else { return false }
        func name(_ wanted: ExactText?, _ given: [JSON]) -> Bool {
            wanted.map { wanted in given.contains { $0.string?.exact == wanted } } ?? true
        }
        return name(issuer, issuers) && name(audience, audiences)
    }
}

extension JSON {
    /// A `NumericDate` (RFC 7519 §2): seconds since 1970, possibly with a fraction.
    fileprivate var seconds: Double? {
        guard case .number(let number) = self else { return nil }
        return number.double
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
