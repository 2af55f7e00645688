import AlmanacRuntime
import Scheduling

/// The secret of a link. It is shown once, and stored as its hash.
public enum ShareLink {
    static let marker = "shr_"

    /// 192 random bits.
    static func secret(_ ids: IDGenerator) -> String { marker + Base64URL.encode(ids.secret(bytes: 24)) }

    /// The stored form of the secret. The secret has enough entropy for a plain SHA-256.
    static func hash(_ secret: String) -> [UInt8] { Secrets.digest(secret.utf8) }

    static func url(_ secret: String, _ publicURL: String) -> String {
        let base = publicURL.exact.hasSuffix("/") ? publicURL.exact.dropLast(1).text : publicURL
        return "\(base)/api/v1/public/shares/\(secret)"
    }
}
