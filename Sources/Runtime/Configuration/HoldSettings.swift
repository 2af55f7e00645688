/// `holds.*`: limits of holds.
public struct HoldSettings: Sendable {
    /// `holds.max_per_credential`: the most open holds that one credential may have in one calendar; a further one is
    /// answered with 429.
    public let maxPerCredential: Int

    static let keys: Set<String> = ["holds.max_per_credential"]

    init(_ values: inout ConfigurationValues) {
        maxPerCredential = values.int("holds.max_per_credential", in: 1...100_000) ?? 50
    }
}
