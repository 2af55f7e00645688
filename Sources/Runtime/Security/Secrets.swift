import Crypto
import Foundation
public import Scheduling

/// What the installation's one key is used for: sealing kept answers, signing tokens that carry an id.
public struct Secrets: Sendable {
    /// What the nodes of an installation know each other by.
    public let nodeSecret: String
    private let sealing: SymmetricKey
    private let signing: SymmetricKey

    /// - Parameter key: 32 bytes; each use derives a key of its own from it (HKDF, RFC 5869).
    public init?(key: [UInt8]) {
        guard key.count == 32 else { return nil }
        let root = SymmetricKey(data: key)
        let nodes = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, info: Array("almanac nodes".utf8), outputByteCount: 32)
        nodeSecret = Base64URL.encode(nodes.withUnsafeBytes { Array($0) })
        sealing = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, info: Array("almanac sealing".utf8), outputByteCount: 32)
        signing = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, info: Array("almanac signing".utf8), outputByteCount: 32)
    }

    /// AES-256-GCM with a fresh nonce in front.
    public func seal(_ bytes: [UInt8]) -> [UInt8]? {
        (try? AES.GCM.seal(bytes, using: sealing))?.combined.map { [UInt8]($0) }
    }

    /// Opens what ``seal(_:)`` made; nil if it was made under another key or altered.
    public func open(_ bytes: [UInt8]) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: bytes) else { return nil }
        return (try? AES.GCM.open(box, using: sealing)).map { [UInt8]($0) }
    }

    /// A token that names an id and cannot be guessed: base64url of the id and 16 bytes of its HMAC for this purpose.
    public func token(_ purpose: String, _ id: ID) -> String {
        Base64URL.encode(id.bytes + code(purpose, id))
    }

    /// The id of a token made for this purpose; nil if it is no such token. Compares in constant time.
    public func id(_ purpose: String, token: String) -> ID? {
        guard let bytes = Base64URL.decode(token), bytes.count == 32, let id = ID(bytes: bytes[0..<16]) else {
            return nil
        }
        var difference: UInt8 = 0
        for (left, right) in zip(bytes[16...], code(purpose, id)) { difference |= left ^ right }
        return difference == 0 ? id : nil
    }

    private func code(_ purpose: String, _ id: ID) -> [UInt8] {
        let message = Array(purpose.utf8) + [0] + id.bytes
        return Array(HMAC<SHA256>.authenticationCode(for: message, using: signing).prefix(16))
    }

    /// SHA-256.
    public static func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(SHA256.hash(data: Array(bytes))) }
}

/// Base64 with the URL alphabet and no padding (RFC 4648 §5).
public enum Base64URL {
    public static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    public static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 4_096, !text.contains(where: { "+/=".contains($0) }) else { return nil }
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: padded + padding).map({ [UInt8]($0) }) else { return nil }
        // The spare bits of the last character must be zero (§3.5): one value has one spelling.
        return encode(bytes) == text ? bytes : nil
    }
}
