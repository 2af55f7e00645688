public import Scheduling
import Synchronization

/// Mints version 7 ids that ascend within the process, even if the clock stops or steps back.
public final class IDGenerator: Sendable {
    private struct State {
        var random: any RandomNumberGenerator & Sendable
        var last = ID(high: 0, low: 0)
    }

    private let clock: any WallClock
    private let state: Mutex<State>

    public init(clock: any WallClock, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.clock = clock
        state = Mutex(State(random: random))
    }

    public func next() -> ID {
        let milliseconds = UInt64(max(0, clock.now().microseconds / 1_000))
        return state.withLock { state in
            let high = state.random.next()
            let low = state.random.next()
            var id = ID.v7(milliseconds: milliseconds, randomHigh: UInt16(truncatingIfNeeded: high), randomLow: low)
            if id <= state.last {
                // Keep the order: the last id's time plus a random step (RFC 9562 §6.2, method 2).
                let (sum, carry) = state.last.low.addingReportingOverflow((low & 0xFFFF_FFFF) + 1)
                id =
                    carry || sum >> 62 != 0b10
                    ? ID.v7(milliseconds: (state.last.high >> 16) + 1, randomHigh: 0, randomLow: low)
                    : ID(high: state.last.high, low: sum)
            }
            state.last = id
            return id
        }
    }

    /// Random bytes for secrets.
    public func secret(bytes count: Int) -> [UInt8] {
        state.withLock { state in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count)
            while bytes.count < count {
                var word = state.random.next()
                for _ in 0..<min(8, count - bytes.count) {
                    bytes.append(UInt8(truncatingIfNeeded: word))
                    word >>= 8
                }
            }
            return bytes
        }
    }
}
