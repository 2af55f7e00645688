import AlmanacRuntime
import CCurl
import Scheduling
import Testing

@testable import AlmanacChannels

@Suite struct MailOutageTests {
    private let log = RecordedLog()
    private let now = Instant(microseconds: 1_793_000_000_000_000)
    private let refused = SMTPAttempt(code: CURLE_COULDNT_CONNECT, reply: 0, isReused: false, isMessageAsked: false)
        .outcome

    private func id(_ number: UInt64) -> ID { ID(high: 0, low: number) }

    @Test func itIsToldAtOnceThenNowAndThenAndWhenItIsOver() {
        let outage = MailOutage(logger: log.logger)
        for second in 0..<600 as Range<Int64> {
            outage.note(refused, of: id(UInt64(second % 50)), now: now.adding(seconds: second))
        }
        outage.note(.delivered, of: id(1), now: now.adding(seconds: 600))
        outage.note(.delivered, of: id(2), now: now.adding(seconds: 601))
        #expect(
            log.lines.map { "\($0.level) \($0.message)" } == [
                "warning mail server cannot be reached or used, 1 message waits",
                "warning mail server cannot be reached or used, 50 messages wait",
                "notice mail server takes mail again",
            ])
        #expect(log.lines[0].metadata["reason"]?.contains("curl 7") == true)
        outage.note(refused, of: id(3), now: now.adding(seconds: 602))
        #expect(log.lines.last?.message == "mail server cannot be reached or used, 1 message waits")
    }

    @Test func whatIsAboutOneMessageIsNoOutage() {
        let outage = MailOutage(logger: log.logger)
        let greylisted = SMTPAttempt(code: CURLE_SEND_ERROR, reply: 450, isReused: false, isMessageAsked: false).outcome
        for outcome in [greylisted, .rejected(reason: "smtp 550"), .delivered, .deferred(until: now)] {
            outage.note(outcome, of: id(1), now: now)
        }
        #expect(log.lines.isEmpty)
    }

    @Test func aClockThatWasSetBackSilencesNothing() {
        let outage = MailOutage(logger: log.logger)
        outage.note(refused, of: id(1), now: now)
        outage.note(refused, of: id(2), now: now.adding(seconds: -86_400))
        #expect(log.lines.count == 2)
    }
}
