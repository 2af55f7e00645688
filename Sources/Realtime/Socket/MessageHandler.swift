package import TenantActors

/// What stands behind a socket and gives its messages a meaning.
package protocol MessageHandler: Sendable {
    var acceptsBinary: Bool { get }

    /// Takes a message. The next one is read when this returns.
    func receive(_ message: SocketMessage) async

    /// Does what came up meanwhile, beside the reader and the writer. Cancelled when the socket ends.
    func attend(to chore: Chore) async

    /// The socket is closed; nothing is called any more.
    func end() async
}

/// Work that comes up while a socket is open and that must not hold up its writer.
package enum Chore: Sendable {
    /// Ask again for a subscription that ended; what it had is given back.
    case resubscribe(number: Int, was: (any FeedSubscription)?)
    /// See whether the socket's credential still counts.
    case checkCredential
}
