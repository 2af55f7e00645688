extension RawRepresentable where Self: CaseIterable, RawValue == String {
    /// The case with this name, compared by bytes. The synthesized `init(rawValue:)` compares by canonical equivalence,
    /// with one case after the other.
    public init?(named name: String) {
        let name = name.exact
        guard let found = Self.allCases.first(where: { $0.rawValue.exact == name }) else { return nil }
        self = found
    }
}
