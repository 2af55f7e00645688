import Crypto
import Foundation
public import Scheduling

/// The uses of the installation's one key: sealing stored answers and values in Redis, signing tokens that carry an id.
public struct Secrets: Sendable {
    /// The secret by which the nodes of an installation know each other.
    public let nodeSecret: String
    /// What the database stores of the key: equal for equal keys, and useless to find or replace one.
    public let fingerprint: [UInt8]
    private let sealing: SymmetricKey
    private let signing: SymmetricKey
    /// The key from which the keys of the hot store are derived.
    let sharing: SymmetricKey

    /// - Parameter key: 32 bytes; each use derives a key of its own from it (HKDF, RFC 5869).
    public init?(key: [UInt8]) {
        guard key.count == 32 else { return nil }
        let root = SymmetricKey(data: key)
        func derive(_ use: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array("almanac \(use)".utf8), outputByteCount: 32)
        }
        nodeSecret = Base64URL.encode(derive("nodes").withUnsafeBytes { Array($0) })
        fingerprint = derive("fingerprint").withUnsafeBytes { Array($0) }
        sealing = derive("sealing")
        signing = derive("signing")
        sharing = derive("sharing")
    }

    /// AES-256-GCM with a fresh nonce in front.
    public func seal(_ bytes: [UInt8], for place: SealContext) -> [UInt8]? {
        Self.seal(bytes, sealing, place.bytes)
    }

    /// Opens what ``seal(_:for:)`` made; nil if the key or the place differs, or the bytes were changed.
    public func open(_ bytes: [UInt8], from place: SealContext) -> [UInt8]? {
        Self.open(bytes, sealing, place.bytes)
    }

    static func seal(_ bytes: [UInt8], _ key: SymmetricKey, _ place: [UInt8]) -> [UInt8]? {
        (try? AES.GCM.seal(bytes, using: key, authenticating: place))?.combined.map { [UInt8]($0) }
    }

    static func open(_ bytes: some Collection<UInt8>, _ key: SymmetricKey, _ place: [UInt8]) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: Data(bytes)) else { return nil }
        return (try? AES.GCM.open(box, using: key, authenticating: place)).map { [UInt8]($0) }
    }

    /// A token that names an id and cannot be guessed: base64url of the id and 16 bytes of its HMAC for this purpose.
    public func token(_ purpose: String, _ id: ID) -> String {
        Base64URL.encode(id.bytes + code(purpose, id))
    }

    /// The id of a token for this purpose; nil for any other text. Compares in constant time.
    public func id(_ purpose: String, token: String) -> ID? {
        guard let bytes = Base64URL.decode(token), bytes.count == 32, let id = ID(bytes: bytes[0..<16]) else {
            return nil
        }
        var difference: UInt8 = 0
        for (left, right) in zip(bytes[16...], code(purpose, id)) { difference |= left ^ right }
        return difference == 0 ? id : nil
    }

    /// An HMAC-SHA256 that only nodes of this installation can make, in 43 characters.
    func proof(_ place: SealContext) -> String {
        Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: place.bytes, using: signing)))
    }

    /// Whether the text is ``proof(_:)`` of the place. Compares in constant time.
    func isProof(_ text: String, _ place: SealContext) -> Bool {
        guard text.utf8.count == 43, let code = Base64URL.decode(text) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: place.bytes, using: signing)
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
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let group = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
            for place in 0...part.count { text.append(alphabet[group >> (18 - 6 * place) & 63]) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of a digit; nil for other octets.
    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    /// Nil for text that ``encode(_:)`` does not write, and for more than `limit` digits.

    public static func decode(_ text: String, limit: Int = 4_096) -> [UInt8]? {
        guard text.utf8.count <= limit, text.utf8.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 4)
        var (group, bits) = (0, 0)
        for byte in text.utf8 {
            guard let value = value(byte) else { return nil }
            (group, bits) = (group << 6 | value, bits + 6)
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bits))
                group &= 1 << bits - 1
            }
        }
        // The spare bits of the last digit must be zero (§3.5): one value has one spelling.
        return group == 0 ? bytes : nil
    }
}
