import JSON
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduling
import TenantActors

/// A value that a handler may return. The table turns it into the response.
protocol Answering: Sendable {
    func response(to call: Call) throws -> Response
}

extension Response: Answering {
    func response(to call: Call) -> Response { self }

    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// All items of a list, or one page of them.
    static func list<T>(_ items: some Sequence<T>, next: String? = nil, _ write: (T, inout JSONWriter) -> Void)
        -> Response
    {
        json(
            JSONWriter.object(reserving: 4_096) { writer in
                writer.key("data")
                writer.array(items, write)
                writer.field("next_cursor", next)
            }
        )
    }

    static func notModified(_ tag: String) -> Response { Response(status: .notModified, headers: [.eTag: tag]) }

    /// The same response, not to be stored by caches because it contains a credential (RFC 9111 §5.2.2.5).
    var notToBeKept: Response {
        var response = self
        response.headers[.cacheControl] = "no-store"
        return response
    }
}

/// A resource with the tag of its version. The response is 304 if the client has this version.
struct Tagged: Answering {
    let json: [UInt8]
    let tag: String

    func response(to call: Call) -> Response {
        call.has(tag) ? .notModified(tag) : .json(json, headers: [.eTag: tag])
    }
}

extension Tagged {
    init(_ state: some Versioned, _ json: [UInt8]) { self.init(json: json, tag: state.tag) }
}

extension Answering where Self: Resource {
    func response(to call: Call) -> Response { Tagged(self, json).response(to: call) }
}

extension Reply: Answering {
    static let idempotentReplayed = headerName("Idempotent-Replayed")

    /// POST creates resources below its own path.
    func response(to call: Call) -> Response { response(in: call.address(call.path)) }

    /// - Parameter collection: the path below which a new resource can be read; nil if it cannot.
    func response(in collection: String?) -> Response {
        var headers: HTTPFields = [:]
        var (id, version) = (id, version)
        if isReplay {
            // Only the body was stored; the headers are derived from it.
            let body = try? JSON.parse(body)
            id = id ?? body?["id"]?.string.flatMap { ID($0) }
            version = body?["version"]?.int
            headers[Self.idempotentReplayed] = "true"
        }
        if let id, let version { headers[.eTag] = VersionTag.of(id, version) }
        if status == 201, let collection, let id { headers[.location] = "\(collection)/\(id)" }
        return .json(body, status: HTTPResponse.Status(code: status), headers: headers)
    }
}
