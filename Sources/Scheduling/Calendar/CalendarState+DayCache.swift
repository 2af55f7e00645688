extension CalendarState {
    /// How many days of grid have been compiled: what invalidation costs.
    public var compiledDays: Int { grid.compiledDays }

    /// How many days were answered from the cache of grids, and how many were compiled. Both only grow.
    public var dayCache: (hits: Int, compiled: Int) { (grid.hits, grid.compiledDays) }

    /// About how many bytes the cache of grids takes.
    public var dayBytes: Int { grid.bytes }

    /// Drops the cache of grids; the next query compiles it again.
    public mutating func forgetDays() { grid.invalidate() }
}
