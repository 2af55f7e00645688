/// Says back what it is told.
struct EchoHandler: MessageHandler {
    let acceptsBinary = true
    let sendQueue: SendQueue

    func receive(_ message: SocketMessage) async {
        sendQueue.send(.message(message))
    }

    func attend(to chore: SendQueueState.Chore) async {}

    func end() async {}
}
