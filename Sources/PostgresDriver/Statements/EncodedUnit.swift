import SQL

/// A unit in its wire form, made on the caller's thread so that the reactor has little to do.
final class EncodedUnit: Sendable {
    struct Call: Sendable {
        let statement: PostgresStatement
        /// The range of each parameter in `bytes`; nil for NULL.
        let parameters: [Range<Int>?]
    }

    /// The most bytes of all parameters of one unit.
    static let maxBytes = 256 << 20

    let calls: [Call]
    let bytes: [UInt8]
    let transaction: PostgresUnit.Transaction

    init(_ unit: PostgresUnit) throws(PostgresError) {
        var encoder = PostgresEncoder()
        var calls: [Call] = []
        calls.reserveCapacity(unit.calls.count)
        for call in unit.calls {
            let label = call.statement.label
            let types = call.statement.types
            guard types.count == call.parameters.count, types.count <= 65_535 else {
                throw PostgresError(.statement, "\(label) wants \(types.count) parameters")
            }
            var parameters: [Range<Int>?] = []
            parameters.reserveCapacity(types.count)
            for (parameter, type) in zip(call.parameters, types) {
                do throws(StoreError) {
                    parameters.append(try encoder.append(parameter, as: type))
                } catch {
                    throw PostgresError(StoreError(error.code, "\(error.context) in \(label)"))
                }
            }
            calls.append(Call(statement: call.statement, parameters: parameters))
        }
        guard encoder.bytes.count <= Self.maxBytes else {
            throw PostgresError(.statement, "a unit is larger than \(Self.maxBytes) bytes")
        }
        self.calls = calls
        bytes = encoder.bytes
        transaction = unit.transaction
    }

    /// Statements without parameters, not prepared, for the driver's own use.
    init(plain statements: [String]) {
        calls = statements.map {
            Call(statement: PostgresStatement("session setting", $0, isPrepared: false), parameters: [])
        }
        bytes = []
        transaction = .implicit
    }
}
