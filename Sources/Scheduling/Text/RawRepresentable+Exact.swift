extension RawRepresentable where Self: CaseIterable, RawValue == String {
    /// The case with this name, by its bytes: the `init(rawValue:)` that the compiler writes compares by canonical
    /// equivalence, once with each case.
    public init?(named name: String) {
        let name = name.exact
        guard let found = Self.allCases.first(where: { $0.rawValue.exact == name }) else { return nil }
        self = found
    }
}
