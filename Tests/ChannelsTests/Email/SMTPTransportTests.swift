@testable import JSON
import AlmanacChannels
import AlmanacRuntime
import Scheduling
import Testing

@Suite(.timeLimit(.minutes(1))) struct SMTPTransportTests {
    typealias Step = ScriptedSMTPServer.Step

    private func id(_ number: Int) -> ID { ID(high: 7, low: UInt64(number)) }

    @Test func aMailArrivesAsItWasWritten() async throws {
        let notes = "first\n.\n..two dots\n.end" + String(repeating: " long", count: 400)
        let notice = NoticeFixture.notice(payload: NoticeFixture.payload(["notes": .string(notes)]))
        try await MailFixture.run { fixture in
            let outcome = await fixture.deliver(NoticeFixture.envelope(to: "ada@example.com", notice))
            #expect(outcome == .delivered)
            let received = try #require(fixture.server.mails.first)
            #expect(received.from == "bookings@almanac.test")
            #expect(received.to == "ada@example.com")
            let mail = ParsedMail(received.message)
            #expect(mail["x-almanac-delivery"] == NoticeFixture.deliveryID.description)
            #expect(
                mail.first("text/plain")?.text.contains("first\r\n    .\r\n    ..two dots\r\n    .end long") == true)
            #expect(fixture.server.commands.first == "EHLO almanac.test")
        }
    }

    @Test(arguments: [
        ("MAIL", "550 no"), ("RCPT", "550 no such user"), ("RCPT", "551 moved"), ("DATA", "554 no"),
        ("END", "550 spam"),
        ("END", "552 too large"), ("RCPT", "554-many\r\n554 lines"),
    ])
    func whatTheServerWillNeverTakeIsRejected(command: String, reply: String) async throws {
        try await MailFixture.run(script: { $0.command == command ? .reply(reply) : nil }) { fixture in
            let outcome = await fixture.deliver()
            #expect(outcome == .rejected(reason: "smtp \(reply.prefix(3))"))
        }
    }

    @Test(arguments: [
        ("GREETING", "554 go away", "curl 8: "), ("GREETING", "421 busy", "curl 8: "),
        ("MAIL", "451 later", "smtp 451"),
        ("MAIL", "530 log in first", "smtp 530"), ("RCPT", "450 greylisted", "smtp 450"),
        ("RCPT", "421 closing", "smtp 421"), ("DATA", "451 later", "smtp 451"), ("END", "452 full", "smtp 452"),
    ])
    func whatTheServerDoesNotTakeNowIsTriedAgain(command: String, reply: String, expected: String) async throws {
        try await MailFixture.run(script: { $0.command == command ? .reply(reply) : nil }) { fixture in
            let outcome = await fixture.deliver()
            guard case .retry(nil, let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.hasPrefix(expected))
        }
    }

    private static let greeting = "250-test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10000000"

    private func envelope(_ number: Int, to address: String) -> Envelope {
        let contact = NoticeFixture.contact(["name": "Jörg", "email": .string(address)])
        let notice = NoticeFixture.notice(payload: NoticeFixture.payload(["contact": contact]))
        return NoticeFixture.envelope(to: address, notice, id: id(number))
    }

    /// RFC 6531 §3.4: the address is named as it is, and the server is told so.
    @Test func lettersOutsideASCIIGoByWayOfSMTPUTF8() async throws {
        try await MailFixture.run(script: { $0.command == "EHLO" ? .reply(Self.greeting) : nil }) { fixture in
            #expect(await fixture.deliver(envelope(1, to: "bob@example.org")) == .delivered)
            #expect(await fixture.deliver(envelope(2, to: "jörg@bücher.example")) == .delivered)
            #expect(await fixture.deliver(envelope(3, to: "bob@example.org")) == .delivered)
            #expect(await fixture.deliver(envelope(4, to: "用户@例子.广告")) == .delivered)
            let mails = fixture.server.mails
            #expect(
                mails.map(\.to) == [
                    "bob@example.org", "jörg@xn--bcher-kva.example", "bob@example.org", "用户@xn--fsqu00a.xn--4rr70v",
                ])
            #expect(mails[1].message.contains("<jörg@xn--bcher-kva.example>"))
            let senders = fixture.server.commands.filter { $0.hasPrefix("MAIL") }
            #expect(senders.map { $0.contains("SMTPUTF8") } == [false, true, false, true])
            #expect(fixture.server.connections == 1)
        }
    }

    @Test(arguments: [
        "250-test\r\n250-8BITMIME\r\n250 SIZE 10000000", "250 test", "250-test\r\n250-XSMTPUTF8\r\n250 SMTPUTF8X",
    ])
    func aServerWithoutSMTPUTF8IsNotGivenThem(greeting: String) async throws {
        try await MailFixture.run(script: { $0.command == "EHLO" ? .reply(greeting) : nil }) { fixture in
            guard case .rejected(let reason) = await fixture.deliver(envelope(1, to: "jörg@example.com")) else {
                Issue.record("not rejected")
                return
            }
            #expect(reason.contains("SMTPUTF8") && !reason.contains("jörg"))
            #expect(fixture.server.commands.allSatisfy { !$0.hasPrefix("RCPT") && !$0.hasPrefix("MAIL") })
            // A domain of another script needs nothing of the server.
            #expect(await fixture.deliver(envelope(2, to: "joerg@bücher.example")) == .delivered)
            #expect(fixture.server.mails.map(\.to) == ["joerg@xn--bcher-kva.example"])
        }
    }

    /// What the present connection offers counts, not what an earlier one did.
    @Test func aKeptConnectionThatWasClosedIsAskedAnew() async throws {
        try await MailFixture.run(
            script: { place in
                switch (place.command, place.connection) {
                case ("EHLO", 1): .reply(Self.greeting)
                case ("NOOP", 1) where place.count == 2: .drop
                default: nil
                }
            }
        ) { fixture in
            #expect(await fixture.deliver(envelope(1, to: "jörg@example.com")) == .delivered)
            guard case .rejected = await fixture.deliver(envelope(2, to: "jörg@example.com")) else {
                Issue.record("not rejected")
                return
            }
            #expect(fixture.server.connections == 2)
        }
    }

    /// The host's own mail does not need what an answer to the booker would.
    @Test func anAnswerThatNeedsSMTPUTF8IsNotAskedFor() async throws {
        try await MailFixture.run { fixture in
            let contact = NoticeFixture.contact(["name": "Jörg", "email": "jörg@example.com"])
            let notice = NoticeFixture.notice(payload: NoticeFixture.payload(["contact": contact]))
            #expect(await fixture.deliver(NoticeFixture.envelope(to: "ada@example.com", notice)) == .delivered)
            let mail = ParsedMail(try #require(fixture.server.mails.first).message)
            #expect(mail["reply-to"] == nil)
        }
    }

    @Test func mailsShareAConnection() async throws {
        try await MailFixture.run { fixture in
            for number in 1...5 {
                let outcome = await fixture.deliver(NoticeFixture.envelope(id: id(number)))
                #expect(outcome == .delivered)
            }
            #expect(fixture.server.mails.count == 5)
            #expect(fixture.server.connections == 1)
        }
    }

    @Test func noMoreConnectionsThanConfigured() async throws {
        try await MailFixture.run(connections: 3) { fixture in
            let outcomes = await withTaskGroup(of: DeliveryOutcome.self) { group in
                for number in 1...30 {
                    group.addTask { await fixture.deliver(NoticeFixture.envelope(id: id(number))) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.allSatisfy { $0 == .delivered })
            #expect(Set(fixture.server.mails.map { ParsedMail($0.message)["message-id"] }).count == 30)
            #expect(fixture.server.connections <= 3)
        }
    }

    /// How a server may end a connection that was kept open, each without having taken the second mail.
    @Test(arguments: [
        ("END", 1, Step.replyAndDrop("250 taken")), ("MAIL", 2, .drop), ("MAIL", 2, .replyAndDrop("421 idle too long")),
        ("RCPT", 2, .drop), ("DATA", 2, .replyAndDrop("421 closing")),
    ])
    func aKeptConnectionThatTheServerClosedCostsNothing(command: String, count: Int, step: Step) async throws {
        try await MailFixture.run(
            script: { $0.connection == 1 && $0.command == command && $0.count == count ? step : nil }
        ) { fixture in
            for number in 1...3 {
                let outcome = await fixture.deliver(NoticeFixture.envelope(id: id(number)))
                #expect(outcome == .delivered)
            }
            #expect(fixture.server.mails.count == 3)
            #expect(fixture.server.connections == 2)
        }
    }

    /// It may have been taken: whether to repeat it is not the transport's to decide.
    @Test func whatWasCutOffBeforeItsAnswerIsNotRepeatedAtOnce() async throws {
        try await MailFixture.run(script: { $0.command == "END" && $0.count == 2 ? .drop : nil }) { fixture in
            #expect(await fixture.deliver(NoticeFixture.envelope(id: id(1))) == .delivered)
            let outcome = await fixture.deliver(NoticeFixture.envelope(id: id(2)))
            guard case .retry(nil, _) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(fixture.server.mails.count == 2)
            #expect(fixture.server.connections == 1)
        }
    }

    @Test func aFreshConnectionThatFailsIsNotRepeatedAtOnce() async throws {
        try await MailFixture.run(script: { $0.command == "MAIL" ? .drop : nil }) { fixture in
            guard case .retry = await fixture.deliver() else {
                Issue.record("not tried again")
                return
            }
            #expect(fixture.server.connections == 1)
        }
    }

    @Test func afterTheServerTookItNothingElseCounts() async throws {
        try await MailFixture.run(
            script: {
                $0.command == "END" ? .replyAndDrop("250 taken") : $0.command == "QUIT" ? .reply("500 what") : nil
            }
        ) { fixture in
            #expect(await fixture.deliver() == .delivered)
        }
    }

    @Test(arguments: ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "END"])
    func aServerThatHangsIsLeftAtTheDeadline(command: String) async throws {
        try await MailFixture.run(script: { $0.command == command ? .hang : nil }) { fixture in
            var outcome = DeliveryOutcome.delivered
            let duration = await ContinuousClock().measure {
                outcome = await fixture.deliver(NoticeFixture.envelope(seconds: 1))
            }
            guard case .retry(nil, _) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(duration < .seconds(20))
        }
    }

    @Test func aServerThatNeverSaysGoodbyeDoesNotHideItsRefusal() async throws {
        try await MailFixture.run(
            script: { $0.command == "RCPT" ? .reply("550 no") : $0.command == "QUIT" ? .hang : nil }
        ) { fixture in
            let duration = await ContinuousClock().measure {
                let outcome = await fixture.deliver()
                #expect(outcome == .rejected(reason: "smtp 550"))
            }
            #expect(duration < .seconds(20))
        }
    }

    @Test func waitingBehindAHangingMailEndsAtTheDeadlineToo() async throws {
        try await MailFixture.run(script: { $0.command == "RCPT" ? .hang : nil }) { fixture in
            async let first = fixture.deliver(NoticeFixture.envelope(seconds: 600))
            let duration = await ContinuousClock().measure {
                guard case .retry = await fixture.deliver(NoticeFixture.envelope(seconds: 1)) else {
                    Issue.record("not tried again")
                    return
                }
            }
            #expect(duration < .seconds(20))
            await fixture.channel.close(within: .zero)
            _ = await first
        }
    }

    @Test func aDeadlineThatHasPassedSendsNothing() async throws {
        try await MailFixture.run { fixture in
            let outcome = await fixture.deliver(NoticeFixture.envelope(seconds: 0))
            #expect(outcome == .retry(afterSeconds: nil, reason: "the deadline passed"))
            #expect(fixture.server.connections == 0)
        }
    }

    @Test func nobodyListeningIsTriedAgain() async throws {
        try await MailFixture.run { fixture in
            fixture.server.close()
            guard case .retry(nil, let reason) = await fixture.deliver() else {
                Issue.record("not tried again")
                return
            }
            #expect(reason.hasPrefix("curl "))
        }
    }

    @Test func closingWaitsForWhatIsUnderWay() async throws {
        let gate = Gate()
        try await MailFixture.run(
            script: {
                if $0.command == "END" { gate.pass() }
                return nil
            }
        ) { fixture in
            async let outcome = fixture.deliver()
            await gate.reached()
            async let closed: Void = fixture.channel.close(within: .seconds(30))
            gate.open()
            #expect(await outcome == .delivered)
            await closed
            guard case .retry(nil, let reason) = await fixture.deliver() else {
                Issue.record("not refused")
                return
            }
            #expect(reason.contains("shutting down"))
        }
    }

    @Test func closingBreaksOffWhatHangs() async throws {
        let gate = Gate()
        gate.open()
        try await MailFixture.run(
            script: { place in
                guard place.command == "RCPT" else { return nil }
                gate.pass()
                return .hang
            }
        ) { fixture in
            async let outcome = fixture.deliver(NoticeFixture.envelope(seconds: 600))
            await gate.reached()
            let duration = await ContinuousClock().measure { await fixture.channel.close(within: .zero) }
            #expect(duration < .seconds(10))
            guard case .retry = await outcome else {
                Issue.record("not tried again")
                return
            }
        }
    }

    @Test func closingASilentServersConnectionTakesNoTime() async throws {
        try await MailFixture.run(script: { $0.command == "QUIT" ? .hang : nil }) { fixture in
            #expect(await fixture.deliver() == .delivered)
            let duration = await ContinuousClock().measure { await fixture.channel.close(within: .seconds(60)) }
            #expect(duration < .seconds(20))
        }
    }
}
