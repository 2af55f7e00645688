import Testing

@testable import Realtime

@Suite(.timeLimit(.minutes(1)))
struct FeedSessionTests {
    static let subscribe = #"""
        {"op":"subscribe","id":"1","calendar_id":"01930000-0000-7000-8000-000000000001","from":"2026-11-02","to":"2026-11-09"}
        """#

    @Test func aSubscriberIsToldTheStateOfThingsAndThenEachChange() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(Self.subscribe)
                #expect(try await client.text() == #"{"op":"snapshot","id":"1","seq":41,"slots":[]}"#)
                server.feed.publish()
                #expect(
                    try await client.text()
                        == #"{"op":"slots","id":"1","prev_seq":41,"seq":42,"added":[],"removed":[]}"#
                )
                #expect(server.service.openSockets == 1)
            }
        }
    }
}
