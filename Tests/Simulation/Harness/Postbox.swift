import TestSupport
@testable import JSON
import AlmanacChannels
import AlmanacRuntime
import Scheduling
import Synchronization

/// What a channel of the simulation sends its envelopes to. It outlives processes.
final class Postbox: Sendable {
    struct Letter: Hashable {
        let event: ID
        let target: String
    }

    private struct State {
        /// The delivery ids each letter came under, one for each time it came.
        var arrived: [Letter: [ID]] = [:]
        var random: SplitMix
        var isCalm = false
    }

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(random: SplitMix(seed: seed))) }

    var arrived: [Letter: [ID]] { state.withLock { $0.arrived } }

    /// From now on everything is taken at once.
    func calm() { state.withLock { $0.isCalm = true } }

    /// What the far side does with an envelope.
    func take(_ envelope: Envelope) -> DeliveryOutcome {
        state.withLock { state in
            let letter = Letter(event: envelope.notice.eventID, target: envelope.target)
            // Whether a target refuses for good is a property of it, not of the moment.
            if letter.target.hasPrefix("p3") { return .rejected(reason: "refused") }
            switch state.isCalm ? 9 : state.random.below(10) {
            case 0: return .retry(afterSeconds: nil, reason: "busy")
            case 1: return .deferred(until: envelope.deadline)
            case 2:
                // Taken, but its answer is lost.
                state.arrived[letter, default: []].append(envelope.id)
                return .retry(afterSeconds: 3, reason: "no answer")
            default:
                state.arrived[letter, default: []].append(envelope.id)
                return .delivered
            }
        }
    }
}

/// A channel of one process.
struct PostChannel: Channel {
    let box: Postbox
    let database: SimulatedDatabase
    let executor: SeededExecutor

    let capabilities = ChannelCapabilities(
        name: "post", events: ["appointment.booked", "appointment.cancelled"], maxConcurrent: 2,
        maxConcurrentPerOrganization: 2, timeoutSeconds: 10
    )

    func targets(of notice: Notice) -> [String] {
        [notice.payload["contact"]?["email"]?.string, "desk@example.org"].compactMap(\.self)
    }

    func deliver(_ envelope: Envelope) async -> DeliveryOutcome {
        await executor.pause()
        if database.isCut { return .retry(afterSeconds: nil, reason: "dead") }
        let outcome = box.take(envelope)
        await executor.pause()
        return outcome
    }
}
