import CZlib
import NIOCore

/// Packs bytes in the gzip format (RFC 1952), a piece at a time.
///
/// Whoever has one gives it one piece after the other, from wherever it runs: no two at once.
final class Gzip: @unchecked Sendable {
    /// Half of the time of zlib's own choice for a tenth more bytes of JSON.
    static let level: Int32 = 4

    /// On the heap: zlib remembers where it is.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil if there is no memory for it.
    init?(level: Int32 = level) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for gzip's header instead of zlib's (zlib manual, deflateInit2).
        let code = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        if code != Z_OK {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// A whole body; nil if there is no memory for it.
    static func compress(_ body: ByteBuffer) -> ByteBuffer? {
        let packed = Gzip()?.pack(body, isLast: true)
        // Without the room that was kept for what does not compress.
        return packed.map { ByteBuffer(bytes: $0.readableBytesView) }
    }

    /// What comes out of the next piece: often nothing yet. Nil if it cannot be packed.
    func pack(_ piece: ByteBuffer, isLast: Bool) -> ByteBuffer? {
        let room = Int(deflateBound(stream, UInt(piece.readableBytes)))
        var result = ByteBuffer()
        var code = Z_OK
        piece.withUnsafeReadableBytes { input in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                result.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { output in
                    let size = UInt32(clamping: output.count)
                    stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
                    stream.pointee.avail_out = size
                    code = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    return Int(size - stream.pointee.avail_out)
                }
            } while code == Z_OK && (isLast || stream.pointee.avail_out == 0)
        }
        // Nothing to do is no error.
        return code == Z_STREAM_END || !isLast && (code == Z_OK || code == Z_BUF_ERROR) ? result : nil
    }
}
