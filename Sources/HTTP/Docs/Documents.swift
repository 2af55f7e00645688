import JSON
import AlmanacRuntime
import COpenAPI
import NIOCore
import Synchronization
import TenantActors
import Yams

/// The written contract as JSON for programs and as a page for people. Each is made at its first request.
final class Documents: Sendable {
    struct Document: Sendable {
        let body: ByteBuffer
        let etag: String
        let type: String
    }

    private struct State {
        var openAPI: Document?
        var page: Document?
    }

    private let state = Mutex(State())

    func openAPI() throws -> Document {
        try state.withLock { state in
            if let document = state.openAPI { return document }
            let document = Self.document(try Self.contract().serialized(), "application/json; charset=utf-8")
            state.openAPI = document
            return document
        }
    }

    func page() throws -> Document {
        try state.withLock { state in
            if let document = state.page { return document }
            let html = ContractPage.html(try Self.contract())
            let document = Self.document(Array(html.utf8), "text/html; charset=utf-8")
            state.page = document
            return document
        }
    }

    private static func document(_ bytes: [UInt8], _ type: String) -> Document {
        Document(body: ByteBuffer(bytes: bytes), etag: EntityTag.of(bytes), type: type)
    }

    private static func contract() throws -> JSON {
        let yaml = String(
            decoding: UnsafeBufferPointer(start: almanac_openapi(), count: almanac_openapi_size()), as: UTF8.self
        )
        guard let node = try Yams.compose(yaml: yaml) else { return .null }
        return json(node)
    }

    /// Converts YAML's core schema to JSON. Timestamps stay text.
    private static func json(_ node: Yams.Node) -> JSON {
        switch node {
        case .mapping(let mapping): return .object(JSONObject(mapping.map { ($0.key.string ?? "", json($0.value)) }))
        case .sequence(let sequence): return .array(sequence.map(json))
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .string(scalar.string) }
            if let bool = node.bool { return .bool(bool) }
            if let int = node.int { return .number(JSONNumber(int)) }
            if let number = Double(scalar.string), number.isFinite { return .number(JSONNumber(number)) }
            if node.null != nil { return .null }
            return .string(scalar.string)
        case .alias: return .null
        }
    }
}
