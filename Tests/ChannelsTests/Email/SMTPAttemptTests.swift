import CCurl
import Testing

@testable import AlmanacChannels

@Suite struct SMTPAttemptTests {
    private func attempt(
        _ code: CURLcode, _ reply: Int, reused: Bool = false, asked: Bool = false
    ) -> SMTPAttempt {
        SMTPAttempt(code: code, reply: reply, isReused: reused, isMessageAsked: asked)
    }

    @Test func takenIsDelivered() {
        #expect(attempt(CURLE_OK, 250, asked: true).outcome == .delivered)
    }

    @Test(arguments: [550, 551, 552, 553, 554, 500, 501, 503])
    func aRefusalForGoodIsRejected(reply: Int) {
        #expect(attempt(CURLE_SEND_ERROR, reply).outcome == .rejected(reason: "smtp \(reply)"))
        #expect(attempt(CURLE_WEIRD_SERVER_REPLY, reply, asked: true).outcome == .rejected(reason: "smtp \(reply)"))
    }

    @Test(arguments: [421, 450, 451, 452, 530, 535, 538])
    func aRefusalForNowIsTriedAgain(reply: Int) {
        #expect(attempt(CURLE_SEND_ERROR, reply).outcome == .retry(afterSeconds: nil, reason: "smtp \(reply)"))
    }

    @Test(arguments: [
        CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_OPERATION_TIMEDOUT, CURLE_USE_SSL_FAILED,
        CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_GOT_NOTHING, CURLE_RECV_ERROR,
        CURLE_ABORTED_BY_CALLBACK,
    ])
    func troubleOnTheWayIsTriedAgain(code: CURLcode) {
        guard case .retry(nil, let reason) = attempt(code, 0).outcome else {
            Issue.record("not tried again")
            return
        }
        #expect(reason.hasPrefix("curl \(code.rawValue): "))
    }

    /// The installation's trouble, whatever the server's number says.
    @Test(arguments: [CURLE_LOGIN_DENIED, CURLE_REMOTE_ACCESS_DENIED, CURLE_WEIRD_SERVER_REPLY, CURLE_USE_SSL_FAILED])
    func aGreetingOrLoginThatFailsIsTriedAgain(code: CURLcode) {
        guard case .retry(nil, let reason) = attempt(code, 554).outcome else {
            Issue.record("not tried again")
            return
        }
        #expect(reason.hasSuffix("smtp 554"))
    }

    @Test func onlyAKeptConnectionThatTookNothingIsStale() {
        #expect(attempt(CURLE_RECV_ERROR, 0, reused: true).wasStale)
        #expect(attempt(CURLE_SEND_ERROR, 421, reused: true).wasStale)
        #expect(attempt(CURLE_SEND_ERROR, 250, reused: true).wasStale)
        #expect(!attempt(CURLE_SEND_ERROR, 550, reused: true).wasStale)
        #expect(!attempt(CURLE_RECV_ERROR, 0).wasStale)
        #expect(!attempt(CURLE_RECV_ERROR, 354, reused: true, asked: true).wasStale)
        #expect(!attempt(CURLE_OPERATION_TIMEDOUT, 0, reused: true).wasStale)
        #expect(!attempt(CURLE_OK, 250, reused: true).wasStale)
    }
}
