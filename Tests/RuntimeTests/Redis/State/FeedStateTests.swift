import Testing

@testable import AlmanacRuntime

@Suite struct FeedStateTests {
    private typealias Request = FeedState<String>.Request
    private var feed = FeedState<String>()

    @Test mutating func nothingIsAskedBeforeThereIsAConnection() {
        _ = feed.add("a", to: "one")
        #expect(feed.ask() == nil)
        feed.connected()
        #expect(feed.ask() == Request(subscribe: ["one"], unsubscribe: []))
        #expect(feed.ask() == nil, "one request at a time")
        #expect(feed.listeners(of: "one").isEmpty, "nobody hears before it is told that it does")
        #expect(feed.subscribed("one") == ["a"])
        #expect(feed.listeners(of: "one") == ["a"])
        #expect(feed.ask() == nil)
    }

    @Test mutating func whoJoinsAHeardChannelIsToldByTheThread() {
        feed.connected()
        _ = feed.add("a", to: "one")
        _ = feed.ask()
        _ = feed.add("b", to: "one")
        #expect(feed.subscribed("one") == ["a", "b"])
        _ = feed.add("c", to: "one")
        #expect(feed.listeners(of: "one").sorted() == ["a", "b"])
        #expect(feed.takeJoined() == ["c"])
        #expect(feed.takeJoined().isEmpty)
        #expect(feed.listeners(of: "one").sorted() == ["a", "b", "c"])
    }

    @Test mutating func theLastListenerEndsTheSubscription() {
        feed.connected()
        let (first, second) = (feed.add("a", to: "one"), feed.add("b", to: "one"))
        _ = feed.ask()
        _ = feed.subscribed("one")
        feed.remove(first, from: "one")
        #expect(feed.ask() == nil)
        feed.remove(second, from: "one")
        #expect(feed.ask() == Request(subscribe: [], unsubscribe: ["one"]))
        // Joins meanwhile: not heard, and asked for next.
        _ = feed.add("c", to: "one")
        #expect(feed.takeJoined().isEmpty)
        let isConfirmed = feed.unsubscribed("one")
        #expect(isConfirmed)
        #expect(feed.ask() == Request(subscribe: ["one"], unsubscribe: []))
        #expect(feed.subscribed("one") == ["c"])
    }

    @Test mutating func whoLeavesBeforeBeingToldIsNotTold() {
        feed.connected()
        let id = feed.add("a", to: "one")
        _ = feed.ask()
        feed.remove(id, from: "one")
        #expect(feed.subscribed("one") == [])
        #expect(feed.ask() == Request(subscribe: [], unsubscribe: ["one"]))
    }

    @Test mutating func aLostConnectionIsToldToThoseWhoHeardAndAllIsAskedAnew() {
        feed.connected()
        _ = feed.add("a", to: "one")
        _ = feed.ask()
        _ = feed.subscribed("one")
        _ = feed.add("b", to: "two")
        _ = feed.ask()
        #expect(feed.lost() == ["a"])
        #expect(feed.lost().isEmpty)
        #expect(feed.listeners(of: "one").isEmpty)
        #expect(feed.ask() == nil)
        feed.connected()
        #expect(feed.ask() == Request(subscribe: ["one", "two"], unsubscribe: []))
    }

    @Test mutating func whoJoinedJustBeforeTheLossIsToldNothing() {
        feed.connected()
        _ = feed.add("a", to: "one")
        _ = feed.ask()
        _ = feed.subscribed("one")
        _ = feed.add("b", to: "one")
        #expect(feed.lost() == ["a"])
        #expect(feed.takeJoined().isEmpty)
    }

    @Test mutating func whatWasNotAskedForIsNoticed() {
        feed.connected()
        #expect(feed.subscribed("one") == nil)
        let isConfirmed = feed.unsubscribed("one")
        #expect(!isConfirmed)
    }
}
