extension CalendarState {
    /// How many days of grid were asked for: found as they had been compiled, or compiled. Both only grow.
    public var dayCache: (hits: Int, compiled: Int) { (grid.hits, grid.compiledDays) }
}
