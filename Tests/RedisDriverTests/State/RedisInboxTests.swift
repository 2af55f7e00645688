@testable import RedisDriver
import Testing

@Suite struct RedisInboxTests {
    private var inbox = RedisInbox<Int>(maxCommands: 3, maxBytes: 100)

    private mutating func submit(_ job: Int, bytes: Int = 1) -> String {
        switch inbox.submit(job, bytes: bytes) {
        case .accepted(let wake): wake ? "wake" : "accepted"
        case .refused(let error): error.code.rawValue
        }
    }

    @Test mutating func withoutAConnectionEverythingIsRefusedWithTheReason() {
        #expect(submit(1) == "unreachable")
        inbox.reached()
        #expect(submit(1) == "accepted")
        inbox.lost(because: "Connection refused")
        #expect(submit(2) == "unreachable")
        #expect(inbox.notConnected.context.contains("Connection refused"))
        // What was accepted is still the thread's to answer.
        #expect(inbox.drain() == [1])
    }

    @Test mutating func unansweredCommandsAreBounded() {
        inbox.reached()
        #expect((1...4).map { submit($0) } == ["accepted", "accepted", "accepted", "full"])
        #expect(inbox.drain() == [1, 2, 3])
        #expect(submit(5) == "full")
        inbox.settle(1, bytes: 1)
        #expect(submit(5) == "accepted")
    }

    @Test mutating func theirBytesAreBounded() {
        inbox.reached()
        #expect(submit(1, bytes: 101) == "full")
        #expect(submit(1, bytes: 60) == "accepted")
        #expect(submit(2, bytes: 41) == "full")
        #expect(submit(2, bytes: 40) == "accepted")
        inbox.settle(2, bytes: 100)
        #expect(inbox.commands == 0 && inbox.bytes == 0)
        #expect(submit(3, bytes: 100) == "accepted")
    }

    @Test mutating func theThreadIsWokenOnceAndOnlyIfItSleeps() {
        inbox.reached()
        _ = inbox.drain()
        #expect(inbox.fallAsleep() == true)
        #expect(submit(1) == "wake")
        #expect(submit(2) == "accepted")
        let sleeps = inbox.fallAsleep()
        #expect(!sleeps, "there is news")
        #expect(inbox.drain() == [1, 2])
        #expect(inbox.fallAsleep() == true)
        inbox.awake()
        #expect(inbox.tell() == false)
    }

    @Test mutating func closedItTakesNothingOnAndStaysClosed() {
        inbox.reached()
        _ = inbox.drain()
        _ = inbox.fallAsleep()
        let wakes = inbox.close()
        #expect(wakes && !inbox.isReachable)
        #expect(submit(1) == "closed")
        inbox.reached()
        #expect(!inbox.isReachable)
    }
}
