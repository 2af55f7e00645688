/// Finds the end of a head in bytes that come piece by piece, each byte looked at once. Pure.
struct HeadSearch {
    /// Empty lines before the request line, which are to be ignored (RFC 9112 §2.2): so many bytes.
    private(set) var leading = 0
    private var searched = 0
    private var lineStart = 0

    /// The bytes of a whole head, leading empty lines not counted; nil if it has not come whole.
    mutating func find(_ bytes: UnsafeRawBufferPointer, atMost limit: Int) throws(ConnectionFault) -> Int? {
        // What is no HTTP at all is told from its first byte, and not waited for.
        if let first = bytes.first, lineStart == 0, !Bytes.isToken(first), first != UInt8(ascii: "\r") {
            throw .malformed("This is no HTTP request.")
        }
        while searched < bytes.count, let lineFeed = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            guard lineFeed > lineStart, bytes[lineFeed - 1] == UInt8(ascii: "\r") else {
                throw .malformed("A line must end with CR LF.")
            }
            guard lineFeed < limit + leading else { throw .headTooLarge }
            let isEmpty = lineFeed - lineStart == 1
            searched = lineFeed + 1
            if isEmpty {
                if lineStart == leading {
                    leading = searched
                    guard leading <= 4 else { throw .malformed("The request has no request line.") }
                } else {
                    return searched - leading
                }
            }
            lineStart = searched
        }
        searched = bytes.count
        guard bytes.count - leading <= limit else { throw .headTooLarge }
        return nil
    }

    /// The empty lines are taken off what is searched.
    mutating func dropLeading() -> Int {
        defer { leading = 0 }
        searched -= leading
        lineStart -= leading
        return leading
    }
}
