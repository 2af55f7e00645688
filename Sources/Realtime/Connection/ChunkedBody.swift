import AlmanacRuntime

/// Follows a body in chunks (RFC 9112 §7.1) to its end. Pure; it keeps nothing of what it reads.
///
///     size ──;──► extension ──CR──► sizeEnd ──LF──► data ──► dataCR ──► dataLF ──► size
///                                      └─ size 0 ──► trailer ⟲ line ──empty──► done
struct ChunkedBody: Hashable {
    private enum State: Hashable {
        case size(digits: Int, value: Int)
        case `extension`(value: Int)
        case sizeEnd(value: Int)
        case data(left: Int)
        case dataCR
        case dataLF
        /// At the start of a trailer line, or within one.
        case trailerStart
        case trailer
        case trailerLF
        case lastLF
        case done
    }

    private var state = State.size(digits: 0, value: 0)
    private var extensionBytes = 0
    private var trailerBytes = 0

    var isDone: Bool { state == .done }

    /// Reads on; returns how many of the bytes belong to the body.
    mutating func read(
        _ bytes: UnsafeRawBufferPointer, _ limits: ConnectionLimits
    ) throws(ConnectionFault) -> Int {
        var index = 0
        while index < bytes.count, state != .done {
            if case .data(let left) = state {
                let count = min(left, bytes.count - index)
                index += count
                state = count == left ? .dataCR : .data(left: left - count)
                continue
            }
            try step(bytes[index], limits)
            index += 1
        }
        return index
    }

    private mutating func step(_ byte: UInt8, _ limits: ConnectionLimits) throws(ConnectionFault) {
        let (carriageReturn, lineFeed) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        switch state {
        case .size(let digits, let value):
            if let digit = Bytes.hex(byte) {
                // 15 digits fit an Int, and no body is that large.
                guard digits < 15 else { throw .malformed("A chunk of the body is too large.") }
                state = .size(digits: digits + 1, value: value << 4 | digit)
            } else if digits > 0, byte == carriageReturn {
                state = .sizeEnd(value: value)
            } else if digits > 0, byte == UInt8(ascii: ";") {
                state = .extension(value: value)
            } else {
                throw .malformed("The size of a chunk is no number.")
            }
        case .extension(let value):
            if byte == carriageReturn {
                state = .sizeEnd(value: value)
                return
            }
            extensionBytes += 1
            guard extensionBytes <= limits.maxExtensionBytes, Bytes.isFieldContent(byte) else {
                throw .malformed("The extensions of the body's chunks are too long, or no text.")
            }
        case .sizeEnd(let value):
            try require(byte, lineFeed)
            state = value == 0 ? .trailerStart : .data(left: value)
        case .data: break
        case .dataCR:
            try require(byte, carriageReturn)
            state = .dataLF
        case .dataLF:
            try require(byte, lineFeed)
            state = .size(digits: 0, value: 0)
        case .trailerStart:
            if byte == carriageReturn {
                state = .lastLF
            } else {
                guard Bytes.isToken(byte) else { throw .malformed("A trailer field is no field.") }
                state = .trailer
                trailerBytes += 1
            }
        case .trailer:
            if byte == carriageReturn {
                state = .trailerLF
                return
            }
            trailerBytes += 1
            guard trailerBytes <= limits.maxTrailerBytes, Bytes.isFieldContent(byte) else {
                throw .malformed("The trailer fields are too long, or no text.")
            }
        case .trailerLF:
            try require(byte, lineFeed)
            state = .trailerStart
        case .lastLF:
            try require(byte, lineFeed)
            state = .done
        case .done: break
        }
    }

    private func require(_ byte: UInt8, _ wanted: UInt8) throws(ConnectionFault) {
        guard byte == wanted else { throw .malformed("A chunk of the body does not end where it says.") }
    }
}
