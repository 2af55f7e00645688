extension Duration {
    /// Whole milliseconds.
    package var milliseconds: UInt64 { nanoseconds / 1_000_000 }

    /// At least 0; limited to what a clock can count.
    public var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        if seconds < 0 || attoseconds < 0 { return 0 }
        return UInt64(min(seconds, 1_000_000_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
