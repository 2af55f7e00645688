@testable import PostgresDriver
import Testing

@Suite struct ListenStateTests {
    private typealias Request = ListenState<String>.Request
    private var state = ListenState<String>()

    @Test mutating func nothingIsAskedBeforeThereIsAConnection() {
        _ = state.add("a", to: "events")
        #expect(state.ask() == nil)
        state.connected()
        #expect(state.ask() == Request(listen: ["events"], unlisten: []))
        #expect(state.ask() == nil)
        #expect(state.answered() == ["a"])
        #expect(state.ask() == nil)
    }

    @Test mutating func whoJoinsAHeardChannelIsHeardAtOnce() {
        state.connected()
        #expect(!state.add("a", to: "events").isHeard)
        _ = state.ask()
        #expect(!state.add("b", to: "events").isHeard)
        #expect(state.answered().sorted() == ["a", "b"])
        #expect(state.add("c", to: "events").isHeard)
        #expect(state.listeners(of: "events").sorted() == ["a", "b", "c"])
    }

    @Test mutating func theLastListenerEndsTheListening() {
        state.connected()
        let (first, _) = state.add("a", to: "events")
        let (second, _) = state.add("b", to: "events")
        _ = state.ask()
        _ = state.answered()
        state.remove(first, from: "events")
        #expect(state.ask() == nil)
        state.remove(second, from: "events")
        #expect(state.ask() == Request(listen: [], unlisten: ["events"]))
        // Joins meanwhile: not heard, and asked for next.
        #expect(!state.add("c", to: "events").isHeard)
        #expect(state.answered() == [])
        #expect(state.ask() == Request(listen: ["events"], unlisten: []))
        #expect(state.answered() == ["c"])
    }

    @Test mutating func anotherConnectionIsAskedForEverythingAgain() {
        state.connected()
        _ = state.add("a", to: "one")
        _ = state.ask()
        _ = state.answered()
        _ = state.add("b", to: "two")
        _ = state.ask()
        state.lost()
        #expect(state.ask() == nil)
        #expect(state.answered() == [])
        state.connected()
        #expect(state.ask() == Request(listen: ["one", "two"], unlisten: []))
        #expect(state.answered().sorted() == ["a", "b"])
    }

    @Test func namesAreQuoted() {
        let request = Request(listen: ["a\"b", ""], unlisten: ["Events"])
        #expect(request.statements == ["UNLISTEN \"Events\"", "LISTEN \"a\"\"b\"", "LISTEN \"\""])
    }
}
