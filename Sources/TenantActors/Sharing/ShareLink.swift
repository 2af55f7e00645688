import AlmanacRuntime
import Scheduling

/// The secret of a share that is given to whoever knows it. Shown once, kept as its hash.
public enum ShareLink {
    static let marker = "shr_"

    /// 192 random bits.
    static func secret(_ ids: IDGenerator) -> String { marker + Base64URL.encode(ids.secret(bytes: 24)) }

    /// What is kept of it: it has enough entropy for a plain SHA-256.
    static func hash(_ secret: String) -> [UInt8] { Secrets.digest(secret.utf8) }

    static func url(_ secret: String, _ publicURL: String) -> String {
        let base = publicURL.exact.hasSuffix("/") ? publicURL.exact.dropLast(1).text : publicURL
        return "\(base)/api/v1/public/shares/\(secret)"
    }
}
