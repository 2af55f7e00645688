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
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            UpgradingChannel(
                http: HTTP1Channel(responder: responder, configuration: configuration), service: service,
                policy: policy
            )
        }
    }

    /// HTTP/1.1 alone, under a policy.
    public static func guarded(_ policy: ConnectionPolicy) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            UpgradingChannel(http: HTTP1Channel(responder: responder), service: NoSockets(), policy: policy)
        }
    }

    /// HTTP/1.1, and WebSockets that echo.
    public static func realtimeEcho(
        _ echo: RealtimeEcho = RealtimeEcho(), http configuration: HTTP1Channel.Configuration = .init()
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            UpgradingChannel(http: HTTP1Channel(responder: responder, configuration: configuration), service: echo)
        }
    }
}
