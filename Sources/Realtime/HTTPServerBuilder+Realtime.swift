package import HummingbirdCore

extension HTTPServerBuilder {
    /// HTTP/1.1, and WebSockets on the same port.
    ///
    ///     Application(responder: responder, server: .realtime(service, policy: policy), …)
    ///
    /// - Parameters:
    ///   - service: who decides about WebSockets; nil has none.
    ///   - policy: what is asked of connections; nil trusts them.
    package static func realtime(
        _ service: (any SocketService)?, policy: ConnectionPolicy? = nil
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            UpgradingChannel(http: HTTP1Channel(responder: responder), service: service, policy: policy)
        }
    }
}
