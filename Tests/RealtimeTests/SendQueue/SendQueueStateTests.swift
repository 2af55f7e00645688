import TestSupport
import AlmanacRuntime
import NIOCore
import Scheduling
import Testing

@testable import Realtime
@testable import TenantActors

@Suite struct SendQueueStateTests {
    private final class Subscription: FeedSubscription {
        func resynchronize() async throws(CommandError) {}
        func cancel() async {}
    }

    private static let query = FeedQuery(
        calendarID: FakeGate.organization,
        range: RangeQuery(from: .instant(SocketServer.start), to: .instant(SocketServer.start)), afterSeq: 7
    )

    private static func subscribe(_ state: inout SendQueueState, _ id: String = "1") throws -> FeedTicket {
        guard case .admitted(let ticket) = state.subscribe(id: Array(id.utf8), query) else {
            throw CancellationError()
        }
        return ticket
    }

    /// Subscribes, has the actor answer, and writes the snapshot.
    private static func live(_ state: inout SendQueueState, _ id: String = "1") throws -> FeedTicket {
        let ticket = try subscribe(&state, id)
        _ = state.receive(FeedMessage(.snapshot, seq: 1), for: ticket)
        #expect(state.attach(Subscription(), to: ticket) == true)
        #expect(written(state.next()) == ["\(id) snapshot 1"])
        return ticket
    }

    private static func renewed(_ state: inout SendQueueState) throws -> (ticket: FeedTicket, query: FeedQuery) {
        guard let renewed = state.renew(1) else { throw CancellationError() }
        return renewed
    }

    private static func slots(_ seq: Int64, bytes: Int = 0) -> FeedMessage {
        FeedMessage(.slots, seq: seq, previous: seq - 1, tail: ByteBuffer(repeating: 0x20, count: bytes))
    }

    /// What a step writes, in words.
    private static func written(_ step: SendQueueState.Step?) -> [String] {
        switch step {
        case .write(let messages), .writeLast(let messages): messages.map(word)
        case .resynchronize(let ticket, _): ["resynchronize \(ticket.number)"]
        case .attend(.resubscribe(let number, _)): ["resubscribe \(number)"]
        case .attend(.checkCredential): ["check"]
        case .finish: ["finish"]
        case nil: []
        }
    }

    private static func word(_ message: Outgoing) -> String {
        switch message {
        case .message(.text(let text)): String(buffer: text)
        case .message(.binary): "binary"
        case .ping: "ping"
        case .pong(let payload): "pong \(String(buffer: payload))"
        case .close(let close): "close \(close.code?.rawValue ?? 0)"
        case .feed(let message, let id):
            "\(String(decoding: id, as: UTF8.self)) \(message.kind.rawValue) \(message.seq)"
        }
    }

    // MARK: Order

    @Test func feedMessagesKeepTheirOrderAndAnswersGoFirst() throws {
        var state = SendQueueState()
        let one = try Self.live(&state, "1")
        let two = try Self.live(&state, "2")
        #expect(!state.isReady)
        _ = state.receive(Self.slots(2), for: one)
        _ = state.receive(Self.slots(3), for: two)
        _ = state.receive(FeedMessage(.appointment, seq: 3), for: one)
        state.send(.pong(ByteBuffer(string: "x")))
        #expect(state.isReady)
        #expect(Self.written(state.next()) == ["pong x", "1 slots 2", "2 slots 3", "1 appointment 3"])
        #expect(Self.written(state.next()) == [])
    }

    @Test func muchIsHandedOutInParts() throws {
        var settings = RealtimeSettings()
        settings.batchBytes = 1_000
        var state = SendQueueState(settings)
        let ticket = try Self.live(&state)
        for seq in 2...5 { _ = state.receive(Self.slots(Int64(seq), bytes: 600), for: ticket) }
        #expect(Self.written(state.next()) == ["1 slots 2", "1 slots 3"])
        #expect(Self.written(state.next()) == ["1 slots 4", "1 slots 5"])
        #expect(state.feedBytes == 0)
    }

    @Test func onlyOnePingWaitsAtATime() {
        var state = SendQueueState()
        state.ping()
        state.ping()
        #expect(Self.written(state.next()) == ["ping"])
        state.ping()
        #expect(Self.written(state.next()) == ["ping"])
    }

    @Test func commandsAreReadOnlyWhileThereIsRoomForAnswers() {
        var settings = RealtimeSettings()
        settings.maxReplies = 2
        var state = SendQueueState(settings)
        state.send(.ping)
        #expect(state.hasRoom)
        state.send(.ping)
        #expect(!state.hasRoom)
        _ = state.next()
        #expect(state.hasRoom)
    }

    // MARK: The bound

    /// A buffer for two messages, filled; and the subscription's ticket.
    private static func full() throws -> (SendQueueState, FeedTicket) {
        var settings = RealtimeSettings()
        settings.maxBufferedMessages = 2
        var state = SendQueueState(settings)
        let ticket = try live(&state)
        #expect(state.receive(slots(2), for: ticket) == 0)
        #expect(state.receive(slots(3), for: ticket) == 0)
        return (state, ticket)
    }

    @Test func whatASlowReaderHasNotReadIsDroppedAndASnapshotFollows() throws {
        var (state, ticket) = try Self.full()
        #expect(state.receive(Self.slots(4), for: ticket) == 3)
        // No delta before the snapshot, however much room there is.
        #expect(state.receive(Self.slots(5), for: ticket) == 1)
        #expect(state.receive(FeedMessage(.appointment, seq: 5), for: ticket) == 1)
        #expect(Self.written(state.next()) == ["resynchronize 1"])
        #expect(Self.written(state.next()) == [])
        #expect(state.receive(Self.slots(6), for: ticket) == 1)
        #expect(state.receive(FeedMessage(.snapshot, seq: 6), for: ticket) == 0)
        #expect(state.receive(Self.slots(7), for: ticket) == 0)
        state.resynchronized(ticket, isSent: true)
        #expect(Self.written(state.next()) == ["1 snapshot 6", "1 slots 7"])
        #expect(!state.isReady)
    }

    @Test func theBoundCountsBytesToo() throws {
        var settings = RealtimeSettings()
        settings.maxBufferedBytes = 1_000
        var state = SendQueueState(settings)
        let ticket = try Self.live(&state)
        // One message may overstep the bound, however long it is: a snapshot must be deliverable.
        #expect(state.receive(Self.slots(2, bytes: 5_000), for: ticket) == 0)
        #expect(state.receive(Self.slots(3), for: ticket) == 2)
        #expect(state.feedBytes == 0)
    }

    @Test func answersAreNotDropped() throws {
        var (state, ticket) = try Self.full()
        state.send(.pong(ByteBuffer()))
        _ = state.receive(Self.slots(4), for: ticket)
        #expect(Self.written(state.next()) == ["pong "])
        #expect(Self.written(state.next()) == ["resynchronize 1"])
    }

    @Test func allWhoLostSomethingAreBroughtUpToDateOneByOne() throws {
        var settings = RealtimeSettings()
        settings.maxBufferedMessages = 1
        var state = SendQueueState(settings)
        let one = try Self.live(&state, "1")
        let two = try Self.live(&state, "2")
        let three = try Self.live(&state, "3")
        #expect(state.receive(Self.slots(2), for: one) == 0)
        #expect(state.receive(Self.slots(2), for: two) == 2)
        #expect(state.receive(Self.slots(2), for: three) == 0)
        #expect(Self.written(state.next()) == ["3 slots 2"])
        #expect(Self.written(state.next()) == ["resynchronize 1"])
        #expect(state.receive(FeedMessage(.snapshot, seq: 2), for: one) == 0)
        state.resynchronized(one, isSent: true)
        // The second waits until the first one's snapshot is out of the way.
        #expect(Self.written(state.next()) == ["1 snapshot 2"])
        #expect(Self.written(state.next()) == ["resynchronize 2"])
    }

    @Test func aSnapshotThatFindsNoRoomIsAskedForAgain() throws {
        var (state, ticket) = try Self.full()
        _ = state.receive(Self.slots(4), for: ticket)
        #expect(Self.written(state.next()) == ["resynchronize 1"])
        let other = try Self.subscribe(&state, "2")
        _ = state.receive(FeedMessage(.snapshot, seq: 1), for: other)
        _ = state.receive(Self.slots(2), for: other)
        #expect(state.receive(FeedMessage(.snapshot, seq: 4), for: ticket) == 3)
        state.resynchronized(ticket, isSent: true)
        #expect(Self.written(state.next()) == ["resynchronize 1"])
        _ = state.receive(FeedMessage(.snapshot, seq: 4), for: ticket)
        state.resynchronized(ticket, isSent: true)
        #expect(Self.written(state.next()) == ["1 snapshot 4"])
        // The other one has no live yet: it is brought up to date when the actor has answered.
        #expect(!state.isReady)
        #expect(state.attach(Subscription(), to: other) == true)
        #expect(Self.written(state.next()) == ["resynchronize 2"])
    }

    // MARK: Subscriptions

    @Test func anIDIsForOneSubscriptionAtATime() throws {
        var state = SendQueueState()
        _ = try Self.subscribe(&state)
        #expect(state.subscribe(id: Array("1".utf8), Self.query) == .isTaken)
        #expect(state.unsubscribe(id: Array("1".utf8)).found)
        #expect(!state.unsubscribe(id: Array("1".utf8)).found)
        _ = try Self.subscribe(&state)
    }

    @Test func thereAreOnlySoManySubscriptions() throws {
        var settings = RealtimeSettings()
        settings.maxSubscriptions = 2
        var state = SendQueueState(settings)
        _ = try Self.subscribe(&state, "1")
        let two = try Self.subscribe(&state, "2")
        #expect(state.subscribe(id: Array("3".utf8), Self.query) == .isFull)
        #expect(state.drop(two) == true)
        _ = try Self.subscribe(&state, "3")
    }

    @Test func afterUnsubscribingNothingOfItIsWritten() throws {
        var state = SendQueueState()
        let one = try Self.live(&state, "1")
        let two = try Self.live(&state, "2")
        for seq in 2...3 {
            _ = state.receive(Self.slots(Int64(seq), bytes: 10), for: one)
            _ = state.receive(Self.slots(Int64(seq), bytes: 20), for: two)
        }
        #expect(state.unsubscribe(id: Array("1".utf8)).live != nil)
        #expect(state.receive(Self.slots(4), for: one) == 0)
        #expect(Self.written(state.next()) == ["2 slots 2", "2 slots 3"])
        #expect(state.feedBytes == 0)
    }

    @Test func aPlaceThatComesTooLateIsGivenBack() throws {
        var state = SendQueueState()
        let ticket = try Self.subscribe(&state)
        #expect(state.unsubscribe(id: Array("1".utf8)).live == nil)
        #expect(state.attach(Subscription(), to: ticket) == false)
        #expect(state.drop(ticket) == false)
        // The same name later is another subscription.
        let next = try Self.subscribe(&state)
        #expect(state.attach(Subscription(), to: ticket) == false)
        #expect(state.attach(Subscription(), to: next) == true)
    }

    // MARK: When the actor goes away

    @Test func aSubscriptionThatEndsIsAskedForAgain() throws {
        var state = SendQueueState()
        let old = try Self.live(&state)
        _ = state.receive(Self.slots(2), for: old)
        _ = state.receive(.ended, for: old)
        #expect(Self.written(state.next()) == ["resubscribe 1"])
        let (new, query) = try Self.renewed(&state)
        #expect(query.afterSeq == nil)
        #expect(query.calendarID == Self.query.calendarID)
        // The old actor has nothing more to say, and only one attempt is made at a time.
        #expect(state.receive(Self.slots(3), for: old) == 0)
        #expect(state.renew(1) == nil)
        _ = state.receive(FeedMessage(.snapshot, seq: 9), for: new)
        #expect(state.attach(Subscription(), to: new) == true)
        #expect(Self.written(state.next()) == ["1 slots 2", "1 snapshot 9"])
    }

    @Test func anEndBeforeTheActorHasAnsweredIsNotForgotten() throws {
        var state = SendQueueState()
        let ticket = try Self.subscribe(&state)
        _ = state.receive(FeedMessage(.snapshot, seq: 1), for: ticket)
        _ = state.receive(.ended, for: ticket)
        #expect(state.attach(Subscription(), to: ticket) == false)
        #expect(Self.written(state.next()) == ["resubscribe 1"])
        #expect(state.renew(1) != nil)
    }

    @Test func aFailedAttemptMayBeFollowedByAnother() throws {
        var state = SendQueueState()
        let ticket = try Self.live(&state)
        _ = state.receive(.ended, for: ticket)
        let first = try Self.renewed(&state).ticket
        state.missed(first)
        let second = try Self.renewed(&state).ticket
        #expect(first != second)
        #expect(state.attach(Subscription(), to: first) == false)
        #expect(state.attach(Subscription(), to: second) == true)
    }

    @Test func anActorThatCannotSendASnapshotIsGivenUp() throws {
        var (state, ticket) = try Self.full()
        _ = state.receive(Self.slots(4), for: ticket)
        #expect(Self.written(state.next()) == ["resynchronize 1"])
        state.resynchronized(ticket, isSent: false)
        #expect(Self.written(state.next()) == ["resubscribe 1"])
        #expect(state.renew(1) != nil)
    }

    @Test func unsubscribingEndsTheAsking() throws {
        var state = SendQueueState()
        let ticket = try Self.live(&state)
        _ = state.receive(.ended, for: ticket)
        _ = state.unsubscribe(id: Array("1".utf8))
        #expect(state.renew(1) == nil)
    }

    // MARK: The end

    @Test func aCloseIsTheLastThingWrittenAfterTheAnswers() throws {
        var state = SendQueueState()
        let ticket = try Self.live(&state)
        _ = state.receive(Self.slots(2), for: ticket)
        state.send(.pong(ByteBuffer()))
        #expect(state.close(Close(.goingAway)) == true)
        #expect(state.close(Close(.policyViolation)) == false)
        state.send(.ping)
        _ = state.receive(Self.slots(3), for: ticket)
        let step = state.next()
        guard case .writeLast = step else {
            Issue.record("not the last")
            return
        }
        #expect(Self.written(step) == ["pong ", "close 1001"])
        #expect(Self.written(state.next()) == ["finish"])
    }

    @Test func atTheEndAllPlacesAreGivenBack() throws {
        var state = SendQueueState()
        _ = try Self.live(&state, "1")
        _ = try Self.live(&state, "2")
        let late = try Self.subscribe(&state, "3")
        state.finish()
        #expect(state.takeLive().count == 2)
        #expect(state.takeLive().count == 0)
        #expect(state.attach(Subscription(), to: late) == false)
        #expect(state.subscribe(id: Array("4".utf8), Self.query) == .isClosed)
        #expect(Self.written(state.next()) == ["finish"])
        #expect(state.hasRoom)
    }

    /// Whatever happens in whatever order, a client's view has no gap: after its first snapshot, each slots message
    /// follows the number of the message before it.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aClientNeverSeesAGap(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var settings = RealtimeSettings()
        (settings.maxBufferedMessages, settings.batchBytes) = (3, 150)
        var state = SendQueueState(settings)
        var ticket = try Self.subscribe(&state)
        var seq: Int64 = 1
        var told: Int64 = 1
        var seen: Int64?
        var resynchronizing = false
        _ = state.receive(FeedMessage(.snapshot, seq: seq), for: ticket)
        #expect(state.attach(Subscription(), to: ticket) == true)
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                seq += Int64.random(in: 1...2, using: &random)
                _ = state.receive(FeedMessage(.slots, seq: seq, previous: told), for: ticket)
                told = seq
            case 6 where resynchronizing:
                _ = state.receive(FeedMessage(.snapshot, seq: seq), for: ticket)
                told = seq
                state.resynchronized(ticket, isSent: true)
                resynchronizing = false
            case 7 where Int.random(in: 0..<8, using: &random) == 0: _ = state.receive(.ended, for: ticket)
            default:
                switch state.next() {
                case .write(let messages):
                    for case .feed(let message, _) in messages {
                        if message.kind == .slots, message.previous != seen {
                            Issue.record("seed \(seed): \(message.previous ?? -1) follows \(seen ?? -1)")
                        }
                        seen = message.seq
                    }
                case .resynchronize: resynchronizing = true
                case .attend:
                    resynchronizing = false
                    ticket = try Self.renewed(&state).ticket
                    _ = state.receive(FeedMessage(.snapshot, seq: seq), for: ticket)
                    told = seq
                    #expect(state.attach(Subscription(), to: ticket) == true)
                case .writeLast, .finish, nil: break
                }
            }
        }
        #expect((seen ?? 0) > 100, "seed \(seed)")
    }
}
