import JSON
import SQL
import AlmanacRuntime
import NIOCore
import Scheduling
import TenantActors

/// Why a command was not carried out, as `{"op":"error",…}`. The codes are those of HTTP's problem documents.
struct CommandFailure: Error {
    /// The subscription's id as a JSON string, if the command named one.
    var id: [UInt8]?
    let code: String
    let detail: String
    var errors: [FieldError] = []

    init(_ code: String, _ detail: String, id: [UInt8]? = nil) {
        self.id = id
        self.code = code
        self.detail = detail
    }

    init(_ words: ErrorWords, id: [UInt8]?) {
        self.init(words.code, words.detail, id: id)
        errors = words.errors
    }

    /// Here nothing is changed, so that to ask again is all that contention means.
    init(_ error: CommandError, id: [UInt8]?) {
        switch error {
        case .contended, .retired: self.init(CommandError.overloaded.words, id: id)
        default: self.init(error.words, id: id)
        }
    }

    var message: SocketMessage {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("op", "error")
        if let id {
            writer.key("id")
            writer.raw(id)
        }
        writer.field("code", code)
        writer.field("detail", detail)
        if !errors.isEmpty { writer.field("errors", errors) }
        writer.endObject()
        return .text(ByteBuffer(bytes: writer.bytes))
    }
}
