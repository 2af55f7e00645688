import Glibc
import NIOCore
import Synchronization

/// Who has connections open, and whether there is room for another.
///
/// Past the bounds, of all or of one address, a few more are taken into a reserve, from which health, metrics and the
/// operator's routes are answered and nothing else. Past that a connection is closed at once.
public final class ConnectionLedger: Sendable {
    public struct Bounds: Sendable {
        /// The most connections at once.
        public var total = 8_192
        /// The most of one IPv4 address, or of one IPv6 network of 64 bits.
        public var perAddress = 512
        /// How many more are taken for those for whom room is kept.
        public var reserve = 32
        /// How many of those one address may have, so that a flood from one leaves room for others.
        public var reservePerAddress = 4
        /// Addresses that speak for many clients, such as a proxy's: they are held to the total alone.
        public var isTrusted: @Sendable ([UInt8]) -> Bool = { _ in false }

        public init() {}
    }

    /// Where a connection is counted.
    struct Entry: Sendable, Hashable {
        let address: UInt64?
        let isReserve: Bool
    }

    private struct State {
        var ordinary = 0
        var reserve = 0
        var byAddress: [UInt64: Int] = [:]
        var reserveByAddress: [UInt64: Int] = [:]
    }

    private let bounds: Bounds
    private let state = Mutex(State())

    public init(_ bounds: Bounds = Bounds()) { self.bounds = bounds }

    /// Connections that are open.
    public var count: Int { state.withLock { $0.ordinary + $0.reserve } }

    /// Nil if there is no room.
    func enter(_ address: SocketAddress?) -> Entry? {
        let key = address.flatMap(Self.bytes).flatMap { bounds.isTrusted($0) ? nil : Self.key($0) }
        return state.withLock { state in
            let own = key.map { state.byAddress[$0, default: 0] } ?? 0
            if state.ordinary < bounds.total, key == nil || own < bounds.perAddress {
                state.ordinary += 1
                if let key { state.byAddress[key] = own + 1 }
                return Entry(address: key, isReserve: false)
            }
            let reserved = key.map { state.reserveByAddress[$0, default: 0] } ?? 0
            guard state.reserve < bounds.reserve, reserved < bounds.reservePerAddress else { return nil }
            state.reserve += 1
            if let key { state.reserveByAddress[key] = reserved + 1 }
            return Entry(address: key, isReserve: true)
        }
    }

    func leave(_ entry: Entry) {
        state.withLock { state in
            if entry.isReserve {
                state.reserve -= 1
                Self.take(entry.address, from: &state.reserveByAddress)
            } else {
                state.ordinary -= 1
                Self.take(entry.address, from: &state.byAddress)
            }
        }
    }

    private static func take(_ address: UInt64?, from counts: inout [UInt64: Int]) {
        guard let address, let own = counts[address] else { return }
        counts[address] = own > 1 ? own - 1 : nil
    }

    /// The address in network order: 4 bytes, or 16. An IPv4 address within IPv6 is the IPv4 address.
    static func bytes(_ address: SocketAddress) -> [UInt8]? {
        guard let text = address.ipAddress else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
        // A scope behind the address says where it is, not who.
        let plain = String(decoding: text.utf8.prefix { $0 != UInt8(ascii: "%") }, as: UTF8.self)
        guard inet_pton(AF_INET6, plain, &bytes) == 1 else { return nil }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }

    private static func key(_ bytes: [UInt8]) -> UInt64 {
        let high = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // No global IPv6 network begins with 32 zero bits, so the two kinds do not meet.
        return bytes.count == 4 ? high : high | (high >> 32 == 0 ? 1 << 63 : 0)
    }
}
