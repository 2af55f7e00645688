import HTTPTypes

/// The headers that nodes exchange.
enum InternalHeaders {
    static let secret = headerName("X-Almanac-Internal")
    /// On an answer: a node wrote it, to a forwarded request.
    static let answered = headerName("X-Almanac-Answered")
    /// On an answer: the request was not carried out, because this node does not own the shard.
    static let moving = headerName("X-Almanac-Moving")

    /// Whether nodes use this header among themselves. The server neither accepts it from clients nor sends it to them.
    static func contains(_ name: String) -> Bool { name.utf8.starts(with: "x-almanac-".utf8) }
}
