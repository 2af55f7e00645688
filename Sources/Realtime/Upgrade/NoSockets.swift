import HTTPTypes
import NIOCore

/// For a listener without WebSockets: no path asks for one.
struct NoSockets: SocketService {
    let configuration: RealtimeConfiguration
    let connections = ConnectionCount(limit: 0)

    init() {
        var configuration = RealtimeConfiguration()
        configuration.path = ""
        self.configuration = configuration
    }

    func admit(_ head: HTTPRequest) async -> SocketAdmission {
        .refused(HTTPResponse(status: .notFound), body: ByteBuffer())
    }

    func problem(
        _ status: HTTPResponse.Status, code: String, detail: String, for head: HTTPRequest
    ) -> (head: HTTPResponse, body: ByteBuffer) { (HTTPResponse(status: status), ByteBuffer()) }
}
