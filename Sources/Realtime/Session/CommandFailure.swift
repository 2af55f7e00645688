import JSON
import SQL
import AlmanacRuntime
import NIOCore
import Scheduling
import TenantActors

/// Why a command was not carried out, as `{"op":"error",…}`. The codes are those of HTTP's problem documents.
struct CommandFailure: Error {
    let words: ErrorWords
    /// The subscription's id as a JSON string, if the command named one.
    let id: [UInt8]?

    init(_ words: ErrorWords, id: [UInt8]?) {
        self.words = words
        self.id = id
    }

    init(_ code: String, _ detail: String, id: [UInt8]? = nil) { self.init(ErrorWords(code, detail), id: id) }

    /// A subscription changes nothing, so contention says no more to the client than overload does.
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
        writer.field("code", words.code)
        writer.field("detail", words.detail)
        if !words.errors.isEmpty { writer.field("errors", words.errors) }
        writer.endObject()
        return .text(ByteBuffer(bytes: writer.bytes))
    }
}
