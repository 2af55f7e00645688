/// `holds.*`: limits of holds.
public struct HoldSettings: Sendable {
    /// `holds.max_per_credential`: the most open holds of one credential in one calendar; a further one gets 429.
    public let maxPerCredential: Int

    static let keys: Set<String> = ["holds.max_per_credential"]

    init(_ values: inout ConfigurationValues) {
        maxPerCredential = values.int("holds.max_per_credential", in: 1...100_000) ?? 50
    }
}
