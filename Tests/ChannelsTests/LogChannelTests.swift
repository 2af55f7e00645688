@testable import JSON
import AlmanacChannels
import AlmanacRuntime
import Logging
import Scheduling
import Testing

@Suite struct LogChannelTests {
    @Test func oneLineSaysWhatWasNotSentAndNamesNobody() async throws {
        let log = RecordedLog()
        let payload = NoticeFixture.payload(["attendees": [["name": "Ann", "email": "ann@example.org"]]])
        let outcome = await LogChannel(logger: log.logger).deliver(
            NoticeFixture.envelope(to: "log", NoticeFixture.notice(payload: payload)))
        #expect(outcome == .delivered)
        let line = try #require(log.lines.first)
        #expect(log.lines.count == 1 && line.level == .notice)
        #expect(line.message == "no mail was sent: smtp.url is not set")
        #expect(
            line.metadata == [
                "delivery": NoticeFixture.deliveryID.description, "event": "appointment.booked",
                "appointment": NoticeFixture.appointmentID, "people": "3",
            ]
        )
    }
}
