@testable import SQL
@testable import JSON
import AlmanacRuntime
import NIOCore
import Scheduling
@testable import TenantActors
import Testing

@testable import Realtime

/// What a client of the live feed sees, against a feed that the test speaks for.
@Suite(.timeLimit(.minutes(1)))
struct FeedSessionTests {
    static let calendar = "01930000-0000-7000-8000-000000000001"
    static let subscribe = subscribe("1")
    static let snapshot = #"{"op":"snapshot","id":"1","seq":41,"slots":[]}"#

    static func subscribe(_ id: String, _ more: String = "") -> String {
        #"{"op":"subscribe","id":"\#(id)","calendar_id":"\#(calendar)","from":"2026-11-02","to":"2026-11-09"\#(more)}"#
    }

    private static func delta(_ seq: Int, _ id: String = "1") -> String {
        #"{"op":"slots","id":"\#(id)","prev_seq":\#(seq - 1),"seq":\#(seq),"added":[],"removed":[]}"#
    }

    /// Sends a message that is answered with an error: its code, the id, the pointers and codes of its fields.
    private static func expect(
        _ client: RawClient, _ text: String, _ error: String, at location: SourceLocation = #_sourceLocation
    ) async throws {
        try await client.say(text)
        let answer = try JSON.parse(Array(try await client.text().utf8))
        #expect(answer["op"]?.string == "error")
        #expect(answer["detail"]?.string?.isEmpty == false)
        let fields = (answer["errors"]?.array ?? []).map {
            "\($0["pointer"]?.string ?? "") \($0["code"]?.string ?? "")"
        }
        let id = answer["id"]?.string.map { "#\($0)" }
        let words = [answer["code"]?.string, id].compactMap(\.self) + fields.sorted()
        #expect(words.joined(separator: " ") == error, sourceLocation: location)
    }

    // MARK: Subscribing

    @Test func aSubscriberIsToldTheStateOfThingsAndThenEachChange() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe)
                #expect(try await client.text() == Self.snapshot)
                server.feed.publish()
                #expect(try await client.text() == Self.delta(42))
                #expect(server.service.connections.count == 1)
            }
        }
    }

    @Test func whatIsAskedForReachesTheCalendar() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                let more = #","timezone":"Asia/Tokyo","duration_minutes":30,"after_seq":40"#
                try await client.say(Self.subscribe("1", more))
                let query = await server.feed.subscription(1).query
                #expect(query.calendarID == ID(Self.calendar))
                #expect(query.range.from == RangeBound("2026-11-02"))
                #expect(query.range.to == RangeBound("2026-11-09"))
                #expect(query.zone?.id == "Asia/Tokyo")
                #expect(query.duration == 30)
                #expect(query.afterSeq == 40)
                #expect(query.includesAppointments)
            }
        }
    }

    @Test func appointmentsAreForThoseWhoMayReadThem() async throws {
        try await SocketServer.run(gate: FakeGate(scopes: [.calendarsRead])) { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe)
                #expect(await server.feed.subscription(1).query.includesAppointments == false)
            }
        }
    }

    @Test func aCredentialThatMayNotReadCalendarsMayNotWatchThem() async throws {
        try await SocketServer.run(gate: FakeGate(scopes: [.appointmentsRead])) { server in
            try await RawClient.open(server.port) { client in
                try await Self.expect(client, Self.subscribe, "insufficient_scope #1")
                #expect(server.feed.places.isEmpty)
            }
        }
    }

    @Test func anIDIsGivenBackAsItCame() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe(#"é\"\\"#))
                #expect(try await client.text() == #"{"op":"snapshot","id":"é\"\\","seq":41,"slots":[]}"#)
            }
        }
    }

    @Test func unsubscribingEndsTheMessagesAndGivesThePlaceBack() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe("1"))
                try await client.say(Self.subscribe("2"))
                _ = try await client.text()
                _ = try await client.text()
                try await client.say(#"{"op":"unsubscribe","id":"1"}"#)
                try await client.say(#"{"op":"ping"}"#)
                #expect(try await client.text() == #"{"op":"pong"}"#)
                #expect(await server.feed.subscription(1).isCancelled)
                server.feed.publish()
                #expect(try await client.text() == Self.delta(42, "2"))
                // The name is free again.
                try await client.say(Self.subscribe("1"))
                #expect(try await client.text() == #"{"op":"snapshot","id":"1","seq":42,"slots":[]}"#)
            }
        }
    }

    // MARK: What is refused

    @Test func messagesThatCannotBeReadAreRefused() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await Self.expect(client, "hello", "invalid_json")
                try await Self.expect(client, "", "invalid_json")
                try await Self.expect(client, #"{"op":"ping","op":"ping"}"#, "invalid_json")
                try await Self.expect(client, "[]", "validation_failed  type")
                try await Self.expect(client, "{}", "validation_failed /op required")
                try await Self.expect(client, #"{"op":"dance","id":"7"}"#, "unknown_op #7")
                try await Self.expect(client, #"{"op":"ping","id":"1"}"#, "validation_failed /id unknown_field")
                try await Self.expect(client, #"{"op":"unsubscribe"}"#, "validation_failed /id required")
                try await Self.expect(client, #"{"op":"unsubscribe","id":"x"}"#, "not_found #x")
            }
        }
    }

    @Test func allThatIsWrongWithASubscriptionIsToldAtOnce() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                let text =
                    #"{"op":"subscribe","id":"a","calendar_id":"x","from":"2026-02-30","timezone":"Mars","#
                    + #""duration_minutes":0,"after_seq":-1,"color":"red"}"#
                try await Self.expect(
                    client, text,
                    "validation_failed #a /after_seq out_of_range /calendar_id invalid_id /color unknown_field "
                        + "/duration_minutes out_of_range /from invalid_range /timezone invalid_timezone /to required")
                let long = String(repeating: "x", count: 65)
                try await Self.expect(client, Self.subscribe(long), "validation_failed /id too_long")
                try await Self.expect(client, Self.subscribe(""), "validation_failed /id too_short")
                #expect(server.feed.places.isEmpty)
            }
        }
    }

    @Test func anIDThatIsInUseIsRefused() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe)
                _ = try await client.text()
                try await Self.expect(client, Self.subscribe, "duplicate_id #1")
            }
        }
    }

    @Test func aConnectionHasOnlySoManySubscriptions() async throws {
        try await SocketServer.run(configure: { $0.maxSubscriptions = 1 }) { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe("1"))
                _ = try await client.text()
                try await Self.expect(client, Self.subscribe("2"), "too_many_subscriptions #2")
            }
        }
    }

    static let failures: [(CommandError, String)] = [
        (.notFound(what: "calendar", pointer: "/calendar_id"), "not_found #1 /calendar_id not_found"),
        (
            .invalid(ValidationError(errors: [FieldError(pointer: "/to", code: "before_start", message: "m")])),
            "validation_failed #1 /to before_start"
        ),
        (.overloaded, "overloaded #1"), (.contended, "overloaded #1"), (.retired, "overloaded #1"),
        (.draining, "draining #1"), (.unavailable(StoreError(.unavailable, "m")), "store_unavailable #1"),
        (.unavailable(StoreError(.corrupt, "m")), "internal_error #1"),
        (
            .refused(.durationNotAllowed(allowed: [15, 30])),
            "validation_failed #1 /duration_minutes duration_not_allowed"
        ),
    ]

    @Test(arguments: failures.indices) func aCalendarsRefusalIsPassedOn(_ index: Int) async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                server.feed.refuse(with: Self.failures[index].0)
                try await Self.expect(client, Self.subscribe, Self.failures[index].1)
                // The name was not taken.
                try await client.say(Self.subscribe)
                #expect(try await client.text() == Self.snapshot)
            }
        }
    }

    @Test func commandsThatComeTooFastAreRefusedAndThenTheClientIsSentAway() async throws {
        try await SocketServer.run(configure: {
            $0.commandRate = 0
            $0.commandBurst = 2
        }) { server in
            try await RawClient.open(server.port) { client in
                for _ in 0..<5 { try await client.say(#"{"op":"ping"}"#) }
                #expect(try await client.text() == #"{"op":"pong"}"#)
                #expect(try await client.text() == #"{"op":"pong"}"#)
                for _ in 0..<2 { #expect(try await client.text().contains("rate_limited")) }
                #expect(try await client.closeCode() == 1008)
            }
        }
    }

    // MARK: When the actor goes away

    @Test func aSubscriptionThatEndsIsTakenUpAgainWithASnapshot() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe("1", #","after_seq":7"#))
                #expect(try await client.text() == Self.snapshot)
                let first = await server.feed.subscription(1)
                server.feed.refuse(with: .overloaded, .unavailable(StoreError(.unavailable, "m")), .contended)
                first.sink.receive(.ended)
                #expect(try await client.text() == Self.snapshot)
                #expect(await server.feed.subscription(2).query.afterSeq == nil)
                #expect(first.isCancelled)
                server.feed.publish()
                #expect(try await client.text() == Self.delta(42))
            }
        }
    }

    @Test func aSubscriptionThatCannotBeTakenUpAgainIsToldToBeOver() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe)
                _ = try await client.text()
                server.feed.refuse(with: .notFound(what: "calendar", pointer: "/calendar_id"))
                await server.feed.subscription(1).sink.receive(.ended)
                let answer = try await client.text()
                #expect(answer.hasPrefix(#"{"op":"error","id":"1","code":"not_found""#))
                try await Self.expect(client, #"{"op":"unsubscribe","id":"1"}"#, "not_found #1")
            }
        }
    }

    // MARK: Slow readers

    @Test func aReaderThatIsTooSlowGetsASnapshotAndNoGap() async throws {
        try await SocketServer.run(configure: { $0.maxBufferedMessages = 8 }) { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe)
                #expect(try await client.text() == Self.snapshot)
                // More than the buffers of both kernels take: the server's writer stands.
                let long = #","added":["\#(String(repeating: "x", count: 1_000_000))"],"removed":[]}"#
                for _ in 0..<64 { server.feed.publish(long) }
                var last: Int64 = 41
                var snapshots = 0
                while last < 41 + 64 {
                    let message = try JSON.parse(Array(try await client.text().utf8))
                    let seq = Int64(message["seq"]?.int ?? 0)
                    if message["op"]?.string == "slots" {
                        #expect(message["prev_seq"]?.int == Int(last))
                    } else {
                        snapshots += 1
                    }
                    last = seq
                }
                #expect(snapshots > 0)
            }
        }
    }

    // MARK: The end

    @Test(arguments: [true, false]) func whenAClientLeavesItsPlacesAreGivenBack(inOrder: Bool) async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe("1"))
                try await client.say(Self.subscribe("2"))
                _ = await server.feed.subscription(2)
                if inOrder { try await client.send(RawClient.frame(0x88, [0x03, 0xE8])) }
            }
            await server.feed.subscription(1).cancellation()
            await server.feed.subscription(2).cancellation()
        }
    }

    @Test func aShutdownClosesWith1001AndGivesThePlacesBack() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe)
                _ = try await client.text()
                await server.shutDown()
                #expect(try await client.closeCode() == 1001)
                try await client.send(RawClient.frame(0x88, [0x03, 0xE9]))
                #expect(try await client.isAtEnd())
            }
            await server.feed.subscription(1).cancellation()
        }
    }

    @Test func aRevokedCredentialEndsTheConnection() async throws {
        try await SocketServer.run(configure: { $0.pingInterval = .milliseconds(10) }) { server in
            try await RawClient.open(server.port) { client in
                let ping = try await client.frame()
                #expect(ping?.opcode == 0x89)
                server.gate.revoke()
                #expect(try await client.closeCode() == 1008)
            }
        }
    }

    @Test func anExpiredCredentialEndsTheConnection() async throws {
        let gate = FakeGate(expiresAt: SocketServer.start.adding(seconds: 60))
        try await SocketServer.run(gate: gate, configure: { $0.pingInterval = .milliseconds(10) }) { server in
            try await RawClient.open(server.port) { client in
                server.clock.advance(seconds: 59)
                for _ in 0..<3 {
                    let ping = try await client.frame()
                    #expect(ping?.opcode == 0x89)
                }
                server.clock.advance(seconds: 1)
                #expect(try await client.closeCode() == 1008)
            }
        }
    }
}
