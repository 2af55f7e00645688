@testable import RedisDriver
import Testing

@Suite struct PubSubStateTests {
    private typealias Request = PubSubState<String>.Request
    private var pubSub = PubSubState<String>()

    @Test mutating func nothingIsAskedBeforeThereIsAConnection() {
        _ = pubSub.add("a", to: "one")
        #expect(pubSub.ask() == nil)
        pubSub.connected()
        #expect(pubSub.ask() == Request(subscribe: ["one"], unsubscribe: []))
        #expect(pubSub.ask() == nil, "one request at a time")
        #expect(pubSub.listeners(of: "one").isEmpty, "nobody hears before it is told that it does")
        #expect(pubSub.subscribed("one") == ["a"])
        #expect(pubSub.listeners(of: "one") == ["a"])
        #expect(pubSub.ask() == nil)
    }

    @Test mutating func whoJoinsAHeardChannelIsToldByTheThread() {
        pubSub.connected()
        _ = pubSub.add("a", to: "one")
        _ = pubSub.ask()
        _ = pubSub.add("b", to: "one")
        #expect(pubSub.subscribed("one") == ["a", "b"])
        _ = pubSub.add("c", to: "one")
        #expect(pubSub.listeners(of: "one").sorted() == ["a", "b"])
        #expect(pubSub.takeJoined() == ["c"])
        #expect(pubSub.takeJoined().isEmpty)
        #expect(pubSub.listeners(of: "one").sorted() == ["a", "b", "c"])
    }

    @Test mutating func theLastListenerEndsTheSubscription() {
        pubSub.connected()
        let (first, second) = (pubSub.add("a", to: "one"), pubSub.add("b", to: "one"))
        _ = pubSub.ask()
        _ = pubSub.subscribed("one")
        pubSub.remove(first, from: "one")
        #expect(pubSub.ask() == nil)
        pubSub.remove(second, from: "one")
        #expect(pubSub.ask() == Request(subscribe: [], unsubscribe: ["one"]))
        // Joins meanwhile: not heard, and asked for next.
        _ = pubSub.add("c", to: "one")
        #expect(pubSub.takeJoined().isEmpty)
        let isConfirmed = pubSub.unsubscribed("one")
        #expect(isConfirmed)
        #expect(pubSub.ask() == Request(subscribe: ["one"], unsubscribe: []))
        #expect(pubSub.subscribed("one") == ["c"])
    }

    @Test mutating func whoLeavesBeforeBeingToldIsNotTold() {
        pubSub.connected()
        let id = pubSub.add("a", to: "one")
        _ = pubSub.ask()
        pubSub.remove(id, from: "one")
        #expect(pubSub.subscribed("one") == [])
        #expect(pubSub.ask() == Request(subscribe: [], unsubscribe: ["one"]))
    }

    @Test mutating func aLostConnectionIsToldToThoseWhoHeardAndAllIsAskedAnew() {
        pubSub.connected()
        _ = pubSub.add("a", to: "one")
        _ = pubSub.ask()
        _ = pubSub.subscribed("one")
        _ = pubSub.add("b", to: "two")
        _ = pubSub.ask()
        #expect(pubSub.lost() == ["a"])
        #expect(pubSub.lost().isEmpty)
        #expect(pubSub.listeners(of: "one").isEmpty)
        #expect(pubSub.ask() == nil)
        pubSub.connected()
        #expect(pubSub.ask() == Request(subscribe: ["one", "two"], unsubscribe: []))
    }

    @Test mutating func whoJoinedJustBeforeTheLossIsToldNothing() {
        pubSub.connected()
        _ = pubSub.add("a", to: "one")
        _ = pubSub.ask()
        _ = pubSub.subscribed("one")
        _ = pubSub.add("b", to: "one")
        #expect(pubSub.lost() == ["a"])
        #expect(pubSub.takeJoined().isEmpty)
    }

    @Test mutating func whatWasNotAskedForIsNoticed() {
        pubSub.connected()
        #expect(pubSub.subscribed("one") == nil)
        let isConfirmed = pubSub.unsubscribed("one")
        #expect(!isConfirmed)
    }
}
