public import JSON
import AlmanacRuntime
public import Scheduling

/// A command: create an API key.
public struct CreateAPIKey: Sendable {
    public var name: String
    public var scopes: Set<Scope>
    /// When the key expires; nil if it does not.
    public var expiresAt: Instant?

    static let alreadyOver = ValidationError(errors: [
        FieldError(pointer: "/expires_at", code: "in_the_past", message: "must be later than now")
    ])

    private static let readOnlyFields: Set<String> = ["id", "prefix", "created_at", "last_used_at", "api_key"]

    /// Reads a key; records every error, and returns nil if there is one.
    ///
    /// - Parameter isForOperator: whether name and scopes may be left out; then the key gets every scope.
    public static func read(_ reader: ObjectReader, isForOperator: Bool = false) -> CreateAPIKey? {
        var name: String? = "Operator's key"
        var scopes: Set<Scope>? = Set(Scope.allCases)
        if !isForOperator || reader.contains("name") { name = reader.string("name", min: 1, max: 200) }
        if !isForOperator || reader.contains("scopes") { scopes = readScopes(reader) }
        let expiresAt = reader.optionalInstant("expires_at")
        reader.finish(ignoring: readOnlyFields)
        guard let name, let scopes, reader.errors.isEmpty else { return nil }
        return CreateAPIKey(name: name, scopes: scopes, expiresAt: expiresAt)
    }

    private static func readScopes(_ reader: ObjectReader) -> Set<Scope>? {
        guard let items = reader.array("scopes", max: Scope.allCases.count) else { return nil }
        if items.isEmpty { reader.fail("scopes", code: "too_short", message: "must name at least one scope") }
        var scopes: Set<Scope> = []
        for item in items {
            guard let scope = item.value.string.flatMap(Scope.init(named:)) else {
                let names = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                reader.errors.add(item.pointer, code: "invalid_value", message: "must be one of \(names)")
                continue
            }
            scopes.insert(scope)
        }
        return scopes
    }
}
