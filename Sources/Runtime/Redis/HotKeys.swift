import Crypto
import Synchronization

/// The keys with which this installation recognizes its own values in Redis, derived from its one key (HKDF, RFC 5869).
///
/// Somebody who reaches Redis can write anything, copy a value to another name, or restore it later. So each key of hot
/// state has its own sealing keys, and a seal includes purpose and version.
final class HotKeys: Sendable {
    /// The keys for one key of hot state, and so for one calendar of one tenant.
    struct Pair: Sendable {
        let sealing: SymmetricKey
        let proving: SymmetricKey
    }

    /// How many pairs are cached: deriving one costs as much as using it.
    private static let limit = 8_192

    private let root: SymmetricKey
    private let known = Mutex<[String: Pair]>([:])
    private let tickets: SymmetricKey

    init(_ secrets: Secrets) {
        root = secrets.sharing
        tickets = Self.derive(root, "tickets", "")
    }

    /// Random keys, for examining a server from outside an installation.
    init() {
        root = SymmetricKey(size: .bits256)
        tickets = Self.derive(root, "tickets", "")
    }

    func pair(_ key: String) -> Pair {
        if let pair = known.withLock({ $0[key] }) { return pair }
        let pair = Pair(sealing: Self.derive(root, "state", key), proving: Self.derive(root, "version", key))
        known.withLock { known in
            if known.count >= Self.limit { known.removeAll(keepingCapacity: true) }
            known[key] = pair
        }
        return pair
    }

    func seal(_ ticket: [UInt8], _ name: String) -> [UInt8]? {
        Secrets.seal(ticket, tickets, SealContext("ticket", [Array(name.utf8)]).bytes)
    }

    func open(_ ticket: [UInt8], _ name: String) -> [UInt8]? {
        Secrets.open(ticket, tickets, SealContext("ticket", [Array(name.utf8)]).bytes)
    }

    private static func derive(_ root: SymmetricKey, _ use: String, _ key: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array("\(use) \(key)".utf8), outputByteCount: 32)
    }
}
