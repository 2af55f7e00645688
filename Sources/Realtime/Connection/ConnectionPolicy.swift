public import AlmanacRuntime
public import HTTPTypes
public import NIOCore

/// What a listener asks of its connections.
public struct ConnectionPolicy: Sendable {
    /// A problem document of the API's shape.
    public typealias Problem =
        @Sendable (
            _ status: HTTPResponse.Status, _ code: String, _ detail: String
        ) -> (head: HTTPResponse, body: ByteBuffer)

    let limits: ConnectionLimits
    let ledger: ConnectionLedger
    let problem: Problem

    public init(limits: ConnectionLimits, ledger: ConnectionLedger, problem: @escaping Problem) {
        self.limits = limits
        self.ledger = ledger
        self.problem = problem
        ConnectionMetrics.register()
    }

    /// The bytes of an answer after which the connection ends.
    func answer(to fault: ConnectionFault) -> ByteBuffer {
        let (status, code, detail) = fault.problem
        let (head, body) = problem(status, code, detail)
        var buffer = ByteBuffer()
        buffer.writeString("HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n")
        for field in head.headerFields { buffer.writeString("\(field.name.rawName): \(field.value)\r\n") }
        if fault == .method { buffer.writeString("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n") }
        buffer.writeString("Content-Length: \(body.readableBytes)\r\nConnection: close\r\n\r\n")
        buffer.writeImmutableBuffer(body)
        return buffer
    }
}
