public import HummingbirdCore

extension HTTPServerBuilder {
    /// HTTP/1.1, and WebSockets for the live feed, on one port.
    ///
    ///     Application(responder: responder, server: .realtime(service, http: .init(idleTimeout: .seconds(75))), …)
    ///
    /// - Parameter policy: what is asked of connections; nil trusts them.
    public static func realtime(
        _ service: RealtimeService, http configuration: HTTP1Channel.Configuration = .init(),
        policy: ConnectionPolicy? = nil
    ) -> HTTPServerBuilder { sockets(service, http: configuration, policy: policy) }

    /// HTTP/1.1 alone, under a policy.
    public static func guarded(_ policy: ConnectionPolicy) -> HTTPServerBuilder { sockets(nil, policy: policy) }

    /// HTTP/1.1, and WebSockets of any service.
    package static func sockets(
        _ service: (any SocketService)?, http configuration: HTTP1Channel.Configuration = .init(),
        policy: ConnectionPolicy? = nil
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            UpgradingChannel(
                http: HTTP1Channel(responder: responder, configuration: configuration), service: service, policy: policy
            )
        }
    }
}
