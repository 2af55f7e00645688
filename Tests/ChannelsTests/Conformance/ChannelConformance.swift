@testable import JSON
import AlmanacChannels
import AlmanacRuntime
import Scheduling
import Testing

/// What the dispatcher counts on, for every channel.
@Suite(.timeLimit(.minutes(1))) struct ChannelConformance {
    /// Events of the API, of which a channel wants some.
    private static let knownEvents: Set<String> = [
        "appointment.booked", "appointment.confirmed", "appointment.rescheduled", "appointment.updated",
        "appointment.cancelled",
        "appointment.completed", "appointment.no_show", "appointment.checked_in", "hold.placed", "hold.released",
        "hold.expired", "calendar.updated", "availability.changed", "integration.degraded", "integration.restored",
        "sync.conflict", "delivery.sent", "delivery.failed",
    ]

    private func with(
        _ subject: ChannelSubject, _ farSide: ChannelSubject.FarSide = .works,
        _ body: (ChannelSubject.Opened) async throws -> Void
    ) async throws {
        let opened = try subject.open(farSide)
        let result: Result<Void, any Error>
        do { result = .success(try await body(opened)) } catch { result = .failure(error) }
        await opened.close()
        try result.get()
    }

    /// An event the channel wants, with attendees, and one envelope of it.
    private func notice(for channel: any Channel, payload: JSON? = nil) throws -> Notice {
        let type = try #require(channel.capabilities.events.sorted().first)
        let attendees: JSON = [
            ["name": "Ann", "email": "ann@example.org"], ["name": "Bob", "email": "BOB@example.org"],
        ]
        return NoticeFixture.notice(
            type, payload: payload ?? NoticeFixture.payload(["attendees": attendees]),
            calendar: NoticeFixture.calendar(notify: ["desk@example.com"])
        )
    }

    private func envelope(
        for channel: any Channel, id: ID = NoticeFixture.deliveryID, attempt: Int = 1, seconds: Int64 = 20
    ) throws -> Envelope {
        let notice = try notice(for: channel)
        let target = try #require(channel.targets(of: notice).first)
        return NoticeFixture.envelope(to: target, notice, id: id, attempt: attempt, seconds: seconds)
    }

    @Test(arguments: ChannelSubject.all)
    func capabilitiesAreSane(subject: ChannelSubject) async throws {
        try await with(subject) { opened in
            let capabilities = opened.channel.capabilities
            #expect(capabilities.name.wholeMatch(of: /[a-z_]+/) != nil)
            #expect(!capabilities.events.isEmpty && capabilities.events.isSubset(of: Self.knownEvents))
            #expect(capabilities.maxConcurrent >= 1)
            #expect((1...capabilities.maxConcurrent).contains(capabilities.maxConcurrentPerOrganization))
            #expect(capabilities.maxPerSecond.map { $0 >= 1 } ?? true)
            #expect((1...300).contains(capabilities.timeoutSeconds))
        }
    }

    @Test(arguments: ChannelSubject.all)
    func targetsAreStableAndEachOnce(subject: ChannelSubject) async throws {
        try await with(subject) { opened in
            for type in Self.knownEvents {
                let notice = NoticeFixture.notice(
                    type, payload: try notice(for: opened.channel).payload,
                    calendar: NoticeFixture.calendar(notify: ["desk@example.com", "DESK@example.com"])
                )
                let targets = opened.channel.targets(of: notice)
                #expect(targets == opened.channel.targets(of: notice))
                #expect(Set(targets.map { $0.lowercased() }).count == targets.count)
                #expect(targets.allSatisfy { !$0.isEmpty })
                #expect(targets.isEmpty != opened.channel.capabilities.events.contains(type))
            }
        }
    }

    @Test(arguments: ChannelSubject.all)
    func targetsHaveAnEnd(subject: ChannelSubject) async throws {
        try await with(subject) { opened in
            let crowd = JSON.array((0..<10_000).map { ["name": "A", "email": JSON.string("a\($0)@example.org")] })
            let long = JSON.array([["name": "A", "email": JSON.string(String(repeating: "a", count: 100_000) + "@x")]])
            for attendees in [crowd, long] {
                let payload = NoticeFixture.payload(["attendees": attendees])
                let targets = opened.channel.targets(of: try notice(for: opened.channel, payload: payload))
                #expect(targets.count <= 500)
                #expect(targets.allSatisfy { $0.utf8.count <= 500 })
            }
        }
    }

    @Test(arguments: ChannelSubject.all)
    func everyTargetOfEveryEventIsReached(subject: ChannelSubject) async throws {
        try await with(subject) { opened in
            var number: UInt64 = 0
            for type in opened.channel.capabilities.events.sorted() {
                let payload = try notice(for: opened.channel).payload
                let notice = NoticeFixture.notice(type, payload: payload)
                for target in opened.channel.targets(of: notice) {
                    number += 1
                    let envelope = NoticeFixture.envelope(to: target, notice, id: ID(high: 1, low: number))
                    #expect(await opened.channel.deliver(envelope) == .delivered)
                }
            }
            #expect(opened.received() == (1...number).map { ID(high: 1, low: $0).description })
        }
    }

    @Test(arguments: ChannelSubject.all)
    func garbageIsAnswered(subject: ChannelSubject) async throws {
        let payloads: [JSON] = [
            nil, true, 5, "text", [], [:], ["contact": nil], ["contact": []], ["contact": ["email": 5]],
            NoticeFixture.payload(["starts_at": "yesterday"]), NoticeFixture.payload(["ends_at": nil]),
            NoticeFixture.payload(["ends_at": "0001-01-01T00:00:00Z"]), NoticeFixture.payload(["status": "odd"]),
            NoticeFixture.payload(["version": 0]), NoticeFixture.payload(["version": -1]),
            NoticeFixture.payload(["attendees": "none"]), NoticeFixture.payload(["cancellation": "why"]),
            NoticeFixture.payload([
                "starts_at": "9999-12-31T23:59:59.999999Z", "ends_at": "9999-12-31T23:59:59.999999Z",
            ]),
            NoticeFixture.payload(["starts_at": "0001-01-01T00:00:00Z"]),
        ]
        try await with(subject) { opened in
            for payload in payloads {
                let notice = try notice(for: opened.channel, payload: payload)
                let targets = opened.channel.targets(of: notice)
                for target in targets + ["bob@example.org", "", "\r\n", "nobody"] {
                    let outcome = await opened.channel.deliver(NoticeFixture.envelope(to: target, notice))
                    checkReason(outcome, target)
                }
            }
        }
    }

    @Test(arguments: ChannelSubject.all)
    func aFarSideThatHangsIsLeftAtTheDeadline(subject: ChannelSubject) async throws {
        try await with(subject, .hangs) { opened in
            let envelope = try envelope(for: opened.channel, seconds: 1)
            let duration = await ContinuousClock().measure { _ = await opened.channel.deliver(envelope) }
            #expect(duration < .seconds(20))
        }
    }

    @Test(arguments: ChannelSubject.all)
    func aRepetitionCarriesTheSameID(subject: ChannelSubject) async throws {
        try await with(subject) { opened in
            for attempt in 1...3 {
                let outcome = await opened.channel.deliver(try envelope(for: opened.channel, attempt: attempt))
                #expect(outcome == .delivered)
            }
            #expect(opened.received() == Array(repeating: NoticeFixture.deliveryID.description, count: 3))
        }
    }

    @Test(arguments: ChannelSubject.all)
    func reasonsNameNobody(subject: ChannelSubject) async throws {
        for farSide in [ChannelSubject.FarSide.refuses, .failsOnce] {
            try await with(subject, farSide) { opened in
                let envelope = try envelope(for: opened.channel)
                checkReason(await opened.channel.deliver(envelope), envelope.target)
            }
        }
    }

    @Test(arguments: ChannelSubject.all)
    func asManyAtOnceAsItSays(subject: ChannelSubject) async throws {
        try await with(subject) { opened in
            let count = UInt64(opened.channel.capabilities.maxConcurrent)
            let envelopes = try (1...count).map { try envelope(for: opened.channel, id: ID(high: 2, low: $0)) }
            let outcomes = await withTaskGroup(of: DeliveryOutcome.self) { group in
                for envelope in envelopes { group.addTask { await opened.channel.deliver(envelope) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.allSatisfy { $0 == .delivered })
            #expect(Set(opened.received()) == Set(envelopes.map(\.id.description)))
        }
    }

    @Test(arguments: ChannelSubject.all)
    func aFailureLeavesNoTrace(subject: ChannelSubject) async throws {
        try await with(subject, .failsOnce) { opened in
            _ = await opened.channel.deliver(try envelope(for: opened.channel))
            for number: UInt64 in 1...3 {
                let outcome = await opened.channel.deliver(
                    try envelope(for: opened.channel, id: ID(high: 3, low: number)))
                #expect(outcome == .delivered)
            }
        }
    }

    /// Reasons are kept and shown: codes and rules only.
    private func checkReason(_ outcome: DeliveryOutcome, _ target: String) {
        switch outcome {
        case .delivered, .deferred: break
        case .retry(_, let reason), .rejected(let reason):
            #expect(!reason.isEmpty && reason.utf8.count <= 200)
            #expect(!reason.contains("example") && !reason.contains("Bob") && !reason.contains("5.1.1"))
            if target.count > 3 { #expect(!reason.contains(target)) }
        }
    }
}
