import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore

/// Compresses answers for those who ask for it.
///
/// A compressed answer has an entity tag of its own, `"…-gzip"`: it is another representation (RFC 9110 §8.8.3.3). In a
/// condition it stands for the same version as the plain one, so the routes know of plain tags only.
struct Compression: Sendable {
    /// Below this the header costs more than is won.
    static let leastBytes = 1_024
    /// Longer ones are compressed as they go out, and not kept.
    static let mostBytes = 1_048_576
    private static let suffix = Array(#"-gzip""#.utf8)
    private static let quote = UInt8(ascii: "\"")

    private let cache: GzipCache
    private let work: WorkGate

    init(cacheBytes: Int, work: WorkGate) {
        cache = GzipCache(limit: cacheBytes)
        self.work = work
    }

    // MARK: Requests

    /// What a request says that is of interest when it is answered.
    struct Wish {
        var wantsGzip = false
        /// Whether the client has, and named, a compressed representation.
        var namesGzip = false
    }

    /// Takes the suffix off the tags of conditions.
    func wish(_ request: inout Request) -> Wish {
        var wish = Wish()
        if let value = request.headers[.acceptEncoding] { wish.wantsGzip = AcceptEncoding(value).prefersGzip }
        for name in [HTTPField.Name.ifNoneMatch, .ifMatch] {
            guard let value = request.headers[name], let plain = Self.plain(value) else { continue }
            var head = request.head
            head.headerFields[name] = plain
            request = Request(head: head, body: request.body)
            if name == .ifNoneMatch { wish.namesGzip = true }
        }
        return wish
    }

    /// Nil if there is no suffix in it.
    private static func plain(_ value: String) -> String? {
        let bytes = Array(value.utf8)
        guard bytes.count > suffix.count else { return nil }
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == suffix[0], bytes[index...].starts(with: suffix) {
                plain.append(quote)
                index += suffix.count
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return plain.count == bytes.count ? nil : String(decoding: plain, as: UTF8.self)
    }

    // MARK: Answers

    func apply(_ wish: Wish, _ request: Request, to response: inout Response) async throws {
        if response.status == .notModified {
            if wish.namesGzip, wish.wantsGzip { Self.suffixTag(of: &response) }
            Self.vary(&response)
            return
        }
        guard let length = response.body.contentLength, length >= Self.leastBytes, Self.isText(response),
            response.headers[.contentEncoding] == nil
        else { return }
        Self.vary(&response)
        guard wish.wantsGzip else { return }
        if length > Self.mostBytes {
            response.body = flowing(response.body)
        } else {
            guard let body = try await compressed(request, response) else { return }
            response.body = ResponseBody(byteBuffer: body)
        }
        response.headers[.contentEncoding] = "gzip"
        Self.suffixTag(of: &response)
    }

    /// A long body, packed as it goes out.
    private func flowing(_ body: ResponseBody) -> ResponseBody {
        ResponseBody { [work] writer in
            guard let packing = GzipWriter(writer, work: work) else { throw GzipWriter.Failed() }
            try await body.write(packing)
        }
    }

    private func compressed(_ request: Request, _ response: Response) async throws -> ByteBuffer? {
        var key: GzipCache.Key?
        if request.method == .get || request.method == .head, response.status == .ok, let tag = response.headers[.eTag]
        {
            key = GzipCache.Key(target: Array(request.uri.string.utf8), tag: Array(tag.utf8))
        }
        if let key, let known = cache.find(key) { return known }
        let collected = Collected()
        try await response.body.write(collected)
        guard let body = Gzip.compress(collected.buffer), body.readableBytes < collected.buffer.readableBytes else {
            return nil
        }
        if let key { cache.keep(body, for: key) }
        return body
    }

    /// JSON, text and the like; what is packed already is none.
    private static func isText(_ response: Response) -> Bool {
        guard let type = response.headers[.contentType] else { return false }
        return ["application/json", "application/problem+json", "text/"].contains { type.utf8.starts(with: $0.utf8) }
    }

    private static func suffixTag(of response: inout Response) {
        guard let tag = response.headers[.eTag], tag.utf8.last == quote else { return }
        response.headers[.eTag] = String(decoding: Array(tag.utf8.dropLast()) + suffix, as: UTF8.self)
    }

    private static func vary(_ response: inout Response) { response.headers.vary("Accept-Encoding") }
}

/// Takes a body's bytes in.
private final class Collected: ResponseBodyWriter {
    var buffer = ByteBuffer()

    func write(_ part: ByteBuffer) async throws {
        if buffer.readableBytes == 0 { buffer = part } else { buffer.writeImmutableBuffer(part) }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

extension HTTPFields {
    /// Names a header that the answer depends on.
    mutating func vary(_ name: String) {
        let known = self[.vary]
        if let known, known.utf8.count >= name.utf8.count, known.utf8.firstRange(of: name.utf8) != nil { return }
        self[.vary] = known.map { "\($0), \(name)" } ?? name
    }
}
