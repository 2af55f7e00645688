/// What stands behind a socket and gives its messages a meaning.
protocol MessageHandler: Sendable {
    var acceptsBinary: Bool { get }

    /// Takes a message. The next one is read when this returns.
    func receive(_ message: SocketMessage) async

    /// Does what came up meanwhile, beside the reader and the writer. Cancelled when the socket ends.
    func attend(to chore: SendQueueState.Chore) async

    /// The socket is closed; nothing is called any more.
    func end() async
}
