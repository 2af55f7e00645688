import SQL
import Synchronization

/// Finds the prepared statement for a text, with the types of its values.
///
/// NULL has no type. Once a text has had a value in a place, NULLs there get the same type, so a statement with n
/// optional values has one prepared form and not 2ⁿ.
final class StatementCatalog: Sendable {
    private let limit: Int
    private let known = Mutex<[String: [PostgresStatement]]>([:])

    /// - Parameter limit: how many texts are kept; further texts are not prepared.
    init(limit: Int = 1_024) { self.limit = limit }

    func statement(_ sql: String, _ values: [SQLValue]) -> PostgresStatement {
        let types = values.map { PostgresType(of: $0).map(PostgresParameterType.one) ?? .inferred }
        return known.withLock { known in
            let forms = known[sql] ?? []
            if let form = forms.first(where: { Self.accepts($0.types, types) }) { return form }
            let wider = forms.lazy.compactMap { Self.union($0.types, types) }.first ?? types
            guard forms.count < 16, known.count < limit || !forms.isEmpty else {
                return PostgresStatement(sql, types, isPrepared: false)
            }
            let form = PostgresStatement(sql, wider)
            known[sql, default: []].insert(form, at: 0)
            return form
        }
    }

    /// Whether a form accepts values of these types.
    private static func accepts(_ form: [PostgresParameterType], _ types: [PostgresParameterType]) -> Bool {
        form.count == types.count && zip(form, types).allSatisfy { $1 == .inferred || $0 == $1 }
    }

    /// The types of both, if they do not contradict each other.
    private static func union(
        _ form: [PostgresParameterType], _ types: [PostgresParameterType]
    ) -> [PostgresParameterType]? {
        guard form.count == types.count else { return nil }
        var union = form
        for (index, type) in types.enumerated() where type != .inferred {
            guard form[index] == .inferred || form[index] == type else { return nil }
            union[index] = type
        }
        return union
    }
}
