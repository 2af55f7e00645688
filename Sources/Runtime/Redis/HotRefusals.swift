import Logging
import Metrics
import Synchronization

/// Values from Redis that this installation cannot have written. They count as absent.
///
/// All are counted, but each kind is logged once, because somebody who writes one can write a million.
final class HotRefusals: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// A calendar's state: its blocks, or another value in their place.
        case state
        /// The version that a calendar's state claims.
        case version
        case message
        case ticket
    }

    private let logger: Logger
    private let counters: [Kind: Counter]
    private let told = Mutex<Set<Kind>>([])
    private let counts = Mutex<[Kind: Int]>([:])

    init(_ logger: Logger) {
        self.logger = logger
        counters = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map {
                ($0, Counter(label: "almanac_redis_refused_total", dimensions: [("what", $0.rawValue)]))
            }
        )
    }

    /// How many there were of a kind.
    func count(_ kind: Kind) -> Int { counts.withLock { $0[kind, default: 0] } }

    func refuse(_ kind: Kind) {
        counters[kind]?.increment()
        counts.withLock { $0[kind, default: 0] += 1 }
        guard told.withLock({ $0.insert(kind).inserted }) else { return }
        logger.warning(
            "Redis gave something that this installation did not put there; it is not used, and more of it is only counted",
            metadata: ["what": "\(kind.rawValue)"]
        )
    }
}
