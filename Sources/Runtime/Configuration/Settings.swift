/// Settings that one part of the server owns: only that part names their keys and knows their meaning.
public protocol Settings: Sendable {
    static var keys: Set<String> { get }

    /// Reads and checks the keys; errors go to `values`. Nil if the part is not configured.
    init?(_ values: inout ConfigurationValues)
}
