import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore

/// Packs a long body as it goes out: in memory is one piece at a time, and the work is done beside that of who waits for
/// short answers.
struct GzipWriter: ResponseBodyWriter {
    struct Failed: Error {}

    private let gzip: Gzip
    private let work: WorkGate
    private var writer: any ResponseBodyWriter

    /// Nil if there is no memory for it.
    init?(_ writer: any ResponseBodyWriter, work: WorkGate) {
        // Long answers repeat themselves so much that more effort wins little.
        guard let gzip = Gzip(level: 1) else { return nil }
        self.gzip = gzip
        self.work = work
        self.writer = writer
    }

    mutating func write(_ piece: ByteBuffer) async throws { try await send(piece, isLast: false) }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await send(ByteBuffer(), isLast: true)
        try await writer.finish(trailingHeaders)
    }

    private mutating func send(_ piece: ByteBuffer, isLast: Bool) async throws {
        let packed = await work.aside { [gzip] in gzip.pack(piece, isLast: isLast) }
        guard let packed else { throw Failed() }
        if packed.readableBytes > 0 { try await writer.write(packed) }
    }
}
