import AlmanacRuntime
import Scheduling

/// Strong entity tags of finished bytes.
public enum EntityTag {
    /// The first 16 bytes of SHA-256, quotes included.
    public static func of(_ bytes: [UInt8]) -> String {
        "\"\(Base64URL.encode(Array(Secrets.digest(bytes).prefix(16))))\""
    }
}
