/// Says back what it is told.
struct EchoHandler: MessageHandler {
    let acceptsBinary = true
    let sendQueue: SendQueue

    func receive(_ message: SocketMessage) async {
        switch message {
        case .text(let text): sendQueue.send(.text(text))
        case .binary(let bytes): sendQueue.send(.binary(bytes))
        }
    }

    func attend(to chore: SendQueueState.Chore) async {}

    func end() async {}
}
