import AlmanacRuntime
import Metrics
import NIOCore
import Scheduling
import Synchronization
import TenantActors

/// What one client of the live feed asked for, on behalf of whom.
final class FeedSession: MessageHandler {
    let acceptsBinary = false
    private let service: RealtimeService
    private let principal: Principal
    private let sendQueue: SendQueue
    private let bucket: Mutex<TokenBucket>
    /// How many commands in a row were one too many.
    private let refused = Atomic<Int>(0)
    private let isChecking = Atomic<Bool>(false)

    private static let pong = SocketMessage.text(ByteBuffer(string: #"{"op":"pong"}"#))

    init(service: RealtimeService, principal: Principal, sendQueue: SendQueue) {
        self.service = service
        self.principal = principal
        self.sendQueue = sendQueue
        let settings = service.settings
        bucket = Mutex(
            TokenBucket(rate: settings.commandRate, capacity: settings.commandBurst, now: service.monotonic())
        )
    }

    // MARK: Commands

    func receive(_ message: SocketMessage) async {
        guard case .text(let text) = message else { return }
        guard isWithinRate() else { return }
        do throws(CommandFailure) {
            let command = try ClientCommand.read(
                text, zones: service.zones, includesAppointments: principal.scopes.contains(.appointmentsRead)
            )
            switch command {
            case .ping: sendQueue.send(Self.pong)
            case .subscribe(let id, let query): try await subscribe(id, query)
            case .unsubscribe(let id): try await unsubscribe(id)
            }
        } catch {
            sendQueue.send(error.message)
        }
    }

    /// Refuses commands that come too fast; a client that does not care is sent away.
    private func isWithinRate() -> Bool {
        if bucket.withLock({ $0.take(now: service.monotonic()) }) {
            refused.store(0, ordering: .relaxed)
            return true
        }
        let count = refused.wrappingAdd(1, ordering: .relaxed).newValue
        if count > service.settings.commandBurst {
            sendQueue.close(Close(.policyViolation, "too many commands"))
        } else {
            sendQueue.send(CommandFailure("rate_limited", "Commands come too fast. Slow down.").message)
        }
        return false
    }

    private func subscribe(_ id: [UInt8], _ query: FeedQuery) async throws(CommandFailure) {
        guard principal.scopes.contains(.calendarsRead) else {
            throw CommandFailure("insufficient_scope", "This needs the scope calendars:read.", id: id)
        }
        switch sendQueue.change({ $0.subscribe(id: id, query) }) {
        case .isClosed: return
        case .isTaken:
            throw CommandFailure("duplicate_id", "Another subscription of this connection has this id.", id: id)
        case .isFull:
            let most = service.settings.maxSubscriptions
            throw CommandFailure("too_many_subscriptions", "A connection may have \(most) subscriptions.", id: id)
        case .admitted(let ticket):
            do throws(CommandError) {
                try await take(ticket, query)
            } catch {
                if sendQueue.change({ $0.drop(ticket) }) { throw CommandFailure(error, id: id) }
            }
        }
    }

    private func unsubscribe(_ id: [UInt8]) async throws(CommandFailure) {
        let (live, isKnown) = sendQueue.change { $0.unsubscribe(id: id) }
        guard isKnown else { throw CommandFailure("not_found", "There is no such subscription.", id: id) }
        await live?.cancel()
    }

    /// Subscribes to the calendar's feed; gives it back if the client has changed its mind meanwhile.
    private func take(_ ticket: FeedTicket, _ query: FeedQuery) async throws(CommandError) {
        let receiver = FeedReceiver(sendQueue: sendQueue, ticket: ticket)
        let live = try await service.source.subscribe(query, for: principal, to: receiver)
        if !sendQueue.change({ $0.attach(live, to: ticket) }) { await live.cancel() }
    }

    // MARK: Chores

    func attend(to chore: Chore) async {
        switch chore {
        case .checkCredential: await checkCredential()
        case .resubscribe(let number, let live):
            await live?.cancel()
            await resubscribe(number)
        }
    }

    /// One check at a time: a gate that hangs is not asked again.
    private func checkCredential() async {
        guard !isChecking.exchange(true, ordering: .relaxed) else { return }
        defer { isChecking.store(false, ordering: .relaxed) }
        let isOver = principal.expiresAt.map { service.clock.now() >= $0 } ?? false
        let isInForce = isOver ? false : await service.gate.isInForce(principal)
        if !isInForce { sendQueue.close(Close(.policyViolation, "the credential is no longer in force")) }
    }

    /// Asks for a lost subscription until it is there again, is refused for good, or is not wanted any more.
    private func resubscribe(_ number: Int) async {
        var delay = service.settings.retryDelay.lowerBound
        while !Task.isCancelled, let (ticket, query) = sendQueue.change({ $0.renew(number) }) {
            RealtimeMetrics.resubscriptions.increment()
            do throws(CommandError) {
                try await take(ticket, query)
                return
            } catch {
                guard error.isPassing else {
                    sendQueue.change { $0.fail(ticket, error) }
                    return
                }
                sendQueue.change { $0.missed(ticket) }
            }
            do { try await service.sleep(delay) } catch { return }
            delay = min(delay * 2, service.settings.retryDelay.upperBound)
        }
    }

    func end() async {
        for live in sendQueue.change({ $0.takeLive() }) { await live.cancel() }
    }
}

extension SendQueueState {
    /// Ends a subscription that cannot be had any more, and says so.
    fileprivate mutating func fail(_ ticket: FeedTicket, _ error: CommandError) {
        guard let id = subscriptions[ticket.number]?.id, drop(ticket) else { return }
        send(.message(CommandFailure(error, id: id).message))
    }
}
