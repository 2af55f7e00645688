/// Settings that one part of the server owns: it alone names their keys and knows what they mean.
public protocol Settings: Sendable {
    static var keys: Set<String> { get }

    /// Reads and checks the keys; what is wrong goes to `values`. Nil if the part is not configured.
    init?(_ values: inout ConfigurationValues)
}
