import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduling
import TenantActors

/// Answers that routes share.
enum Answer {
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// One resource with its version's tag; 304 where the client has it.
    static func resource(_ bytes: [UInt8], id: ID, version: Int, _ request: Request, _ api: API) -> Response {
        resource(bytes, tag: VersionTag.of(id, version), request, api)
    }

    /// The same for one that is not shown to all alike, each showing having its own tag.
    static func resource(_ bytes: [UInt8], tag etag: String, _ request: Request, _ api: API) -> Response {
        if request.method == .get || request.method == .head, api.matches(request, etag) { return notModified(etag) }
        return json(bytes, headers: [.eTag: etag])
    }

    static func notModified(_ etag: String) -> Response { Response(status: .notModified, headers: [.eTag: etag]) }

    /// The answer to a command; `location` is the collection that the new resource is in.
    static func reply(_ reply: Reply, location: String? = nil) -> Response {
        var headers: HTTPFields = [:]
        var (id, version) = (reply.id, reply.version)
        if reply.isReplay {
            // What is kept is the body: the headers are made of it again.
            let body = try? JSON.parse(reply.body)
            id = id ?? body?["id"]?.string.flatMap { ID($0) }
            version = body?["version"]?.int
            headers[API.idempotentReplayed] = "true"
        }
        if let id, let version { headers[.eTag] = VersionTag.of(id, version) }
        if reply.status == 201, let location, let id { headers[.location] = "\(location)/\(id)" }
        return json(reply.body, status: HTTPResponse.Status(code: reply.status), headers: headers)
    }

    /// A page of a list: one item more than its limit was asked for, which tells of a next page.
    static func page<T>(_ items: [T], _ page: ListPage, id: (T) -> ID, write: (T, inout JSONWriter) -> Void) -> Response
    {
        var writer = JSONWriter(reserving: 4_096)
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        for item in items.prefix(page.limit) { write(item, &writer) }
        writer.endArray()
        let next = items.count > page.limit ? items.prefix(page.limit).last.map { page.mark.cursor(id($0)) } : nil
        writer.field("next_cursor", next)
        writer.endObject()
        return json(writer.bytes)
    }
}
