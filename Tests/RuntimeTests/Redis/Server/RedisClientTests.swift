import TestSupport
@testable import RedisDriver
import Foundation
import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite(.needsRedis, .timeLimit(.minutes(2))) struct RedisClientTests {
    private let name = RedisFixture.name()

    @Test func commandsAreExecutedAndAnsweredInTheOrderOfTheCalls() async throws {
        try await RedisFixture.withClient { client async throws in
            let told = Told<RedisReply?>()
            for _ in 0..<5_000 { client.send(RedisCommand("INCR", name)) { told.tell(try? $0.get()) } }
            let answers = await told.wait(for: 5_000)
            #expect(answers == (1...5_000).map { .integer($0) })
            #expect(client.unanswered == (0, 0))
            _ = try await client.call("DEL", name)
        }
    }

    @Test func eachOfManyTasksGetsItsOwnAnswer() async throws {
        try await RedisFixture.withClient { client async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<64 {
                    group.addTask {
                        for call in 0..<100 {
                            let word = "\(task)-\(call)"
                            let reply = try await client.call("ECHO", word)
                            #expect(reply.text == word)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func whatIsLargerThanAnyBufferGoesThereAndBack() async throws {
        try await RedisFixture.withClient { client async throws in
            var random = SplitMix(seed: 7)
            let value = (0..<6_000_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            var command = RedisCommand("SET", name)
            command.add(value)
            command.add("EX")
            command.add("60")
            #expect(try await client.run(command).text == "OK")
            let reply = try await client.call("GET", name)
            #expect(reply == .bytes(value))
        }
    }

    @Test func anErrorIsAnAnswer() async throws {
        try await RedisFixture.withClient { client async throws in
            let reply = try await client.call("GET")
            #expect(reply.errorCode == "ERR")
            #expect(try await client.call("PING").text == "PONG")
        }
    }

    @Test func databasesAreApart() async throws {
        let other = RedisFixture.server + "/3"
        try await RedisFixture.withClient { first in
            try await RedisFixture.withClient(other) { second in
                _ = try await first.call("SET", name, "1", "EX", "60")
                #expect(try await second.call("GET", name) == .null)
            }
        }
    }

    @Test func aClosedClientRefusesAndTellsItsListeners() async throws {
        let told = Told<PubSubEvent>()
        try await RedisFixture.withClient { client async throws in
            _ = client.listen(name) { told.tell($0) }
            #expect(await told.next() == .connected)
            await client.close()
            #expect(await told.next() == .disconnected)
            await client.close()
            let error = await #expect(throws: RedisError.self) { try await client.call("PING") }
            #expect(error?.code == .closed)
            #expect(await client.attempt() != nil)
            #expect(!client.isReachable)
        }
        #expect(told.all == [.connected, .disconnected])
    }

    @Test func aClientThatIsLetGoEndsItsThread() async throws {
        weak var core: RedisCore?
        do {
            let client = try RedisClient(try RedisFixture.configuration())
            core = client.core
            await client.connected()
        }
        // The thread holds the core as long as it runs.
        while core != nil { await Task.yield() }
    }

    // MARK: - PubSub

    @Test func everyListenerHearsItsOwnChannelInOrder() async throws {
        try await RedisFixture.withClient { client async throws in
            let told = [Told<PubSubEvent>(), Told(), Told()]
            _ = client.listen(name + "a") { told[0].tell($0) }
            _ = client.listen(name + "a") { told[1].tell($0) }
            _ = client.listen(name + "b") { told[2].tell($0) }
            for told in told { #expect(await told.next() == .connected) }
            for number in 0..<100 { _ = try await client.call("PUBLISH", name + "a", "\(number)") }
            _ = try await client.call("PUBLISH", name + "b", "end")
            let all = [.connected] + (0..<100).map { PubSubEvent.message(Array("\($0)".utf8)) }
            #expect(await told[0].wait(for: 101) == all)
            #expect(await told[1].wait(for: 101) == all)
            #expect(await told[2].wait(for: 2) == [.connected, .message(Array("end".utf8))])
        }
    }

    @Test func subscriptionsComeAndGoWithTheirListeners() async throws {
        try await RedisFixture.withClient { client async throws in
            func subscribers() async throws -> RedisReply { try await client.call("PUBSUB", "NUMSUB", name) }
            let told = [Told<PubSubEvent>(), Told()]
            let first = client.listen(name) { told[0].tell($0) }
            let second = client.listen(name) { told[1].tell($0) }
            for told in told { #expect(await told.next() == .connected) }
            #expect(try await subscribers() == .array([.bytes(Array(name.utf8)), .integer(1)]))
            first.end()
            _ = try await client.call("PUBLISH", name, "x")
            #expect(await told[1].next() == .message(Array("x".utf8)))
            #expect(told[0].all == [.connected])
            second.end()
            while try await subscribers() != .array([.bytes(Array(name.utf8)), .integer(0)]) {}
            // And once more from the beginning.
            let third = client.listen(name) { told[0].tell($0) }
            #expect(await told[0].next() == .connected)
            third.end()
        }
    }

    @Test func listenersThatComeAndGoInAHurryAllGetTheirs() async throws {
        try await RedisFixture.withClient { client async throws in
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        for round in 0..<40 {
                            let told = Told<PubSubEvent>()
                            let listening = client.listen("\(name)-\((task + round) % 5)") { told.tell($0) }
                            #expect(await told.next() == .connected)
                            listening.end()
                        }
                    }
                }
            }
            #expect(try await client.call("PING").text == "PONG")
        }
    }
}
