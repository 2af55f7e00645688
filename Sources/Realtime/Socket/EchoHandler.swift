/// Says back what it is told.
struct EchoHandler: MessageHandler {
    let acceptsBinary = true
    let outbox: Outbox

    func receive(_ message: SocketMessage) async {
        switch message {
        case .text(let text): outbox.send(.text(text))
        case .binary(let bytes): outbox.send(.binary(bytes))
        }
    }

    func attend(to chore: OutboxState.Chore) async {}

    func end() async {}
}
