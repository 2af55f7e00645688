public import AlmanacRuntime

/// What answers carry for browsers.
public struct BrowserSettings: Sendable {
    /// Whose pages may read answers beside the public ones.
    public var origins: Origins
    /// How much of compressed answers is kept.
    public var gzipCacheBytes: Int

    public init(origins: Origins = .none, gzipCacheBytes: Int = 16_777_216) {
        self.origins = origins
        self.gzipCacheBytes = gzipCacheBytes
    }
}
