import Crypto
import Synchronization

/// The keys by which this installation knows its own values in Redis, derived from its one key (HKDF, RFC 5869).
///
/// Whoever reaches Redis may put anything there, and also copy what is there to another name or put it back later. So
/// each key of hot state has keys of its own, and what is sealed names its purpose and version too.
final class HotKeys: Sendable {
    /// The keys of one key of hot state: its calendar's, and therefore its tenant's.
    struct Pair: Sendable {
        let sealing: SymmetricKey
        let proving: SymmetricKey
    }

    /// How many are remembered: deriving costs as much as using.
    private static let limit = 8_192

    private let root: SymmetricKey
    private let known = Mutex<[String: Pair]>([:])
    private let tickets: SymmetricKey

    init(_ secrets: Secrets) {
        root = secrets.sharing
        tickets = Self.derive(root, "tickets", "")
    }

    /// Keys of nobody else: for looking at a server without being part of an installation.
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
