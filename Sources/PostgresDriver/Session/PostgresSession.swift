public import SQL
import Dispatch
import Synchronization

/// A plain connection for migrations, reports and an operator's queries: one statement at a time, on its own thread.
///
/// Used by one task at a time. When the task is cancelled the server is asked to stop the statement (libpq manual
/// §34.7); such a request may arrive late and stop the next statement, so a cancelled session runs no other.
public final class PostgresSession: Sendable {
    private let queue = DispatchQueue(label: "almanac.postgres.session")
    private let exchange: SessionExchange

    private init(_ exchange: SessionExchange) { self.exchange = exchange }

    /// Connects and runs the configuration's session settings.
    static func connect(_ configuration: PostgresConfiguration) async throws(PostgresError) -> PostgresSession {
        if let words = Link.complaint(url: configuration.url) {
            throw PostgresError(.unavailable, "the address of the database cannot be read", words: words)
        }
        let queue = DispatchQueue(label: "almanac.postgres.connect")
        let opened: Result<SessionExchange, PostgresError> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: SessionExchange.open(configuration)) }
        }
        let session = PostgresSession(try opened.get())
        for setting in configuration.session { try await session.execute(setting, label: "session setting") }
        return session
    }

    /// Runs one or more statements, separated by semicolons. Outside a transaction they are one: all or nothing.
    public func execute(_ sql: String, label: String? = nil) async throws(PostgresError) {
        let label = label ?? PostgresStatement(sql, isPrepared: false).label
        _ = try await perform { $0.run(label) { $0.sendSimple(sql) } }
    }

    /// Runs one statement with `$n` placeholders.
    @discardableResult
    public func query(_ sql: String, _ values: [SQLValue] = []) async throws(PostgresError) -> [SQLRow] {
        let types = values.map { PostgresType(of: $0).map(PostgresParameterType.one) ?? .inferred }
        let result = try await run(PostgresStatement(sql, types, isPrepared: false), values.map { .one($0) })
        do throws(StoreError) { return try result?.rows() ?? [] } catch { throw PostgresError(error) }
    }

    /// Runs one statement with typed parameters.
    @discardableResult
    public func run(
        _ statement: PostgresStatement, _ parameters: [PostgresParameter]
    ) async throws(PostgresError) -> PostgresResult? {
        var unit = PostgresUnit(.write)
        unit.add(statement, parameters)
        let encoded = try EncodedUnit(unit)
        let results = try await perform { exchange in
            exchange.run(statement.label) { $0.send(encoded.calls[0], of: encoded, isPrepared: false) }
        }
        return results.last.map { PostgresResult($0) }
    }

    /// Runs the body between BEGIN and COMMIT. If it throws, the transaction is undone.
    @discardableResult
    public nonisolated(nonsending) func withTransaction<T>(
        _ body: nonisolated(nonsending) (PostgresSession) async throws -> T
    ) async throws -> T {
        guard exchange.isIdle else { throw PostgresError(.statement, "a transaction is open already") }
        try await execute("BEGIN")
        let value: T
        do {
            value = try await body(self)
            try checkTransaction()
        } catch {
            // If this fails the session is lost, and the transaction with it.
            try? await execute("ROLLBACK")
            throw error
        }
        try await execute("COMMIT")
        return value
    }

    /// Throws if the transaction can no longer commit, because the body has ended it or a statement has failed.
    package func checkTransaction() throws(PostgresError) {
        guard exchange.isInTransaction else {
            throw PostgresError(.statement, "the transaction did not last until its end", sqlState: "25P02")
        }
    }

    /// Disconnects, which undoes an open transaction.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async { [exchange] in
                exchange.close()
                continuation.resume()
            }
        }
    }

    private func perform(
        _ work: @escaping @Sendable (SessionExchange) -> Result<[ResultBuffer], PostgresError>
    ) async throws(PostgresError) -> [ResultBuffer] {
        let result: Result<[ResultBuffer], PostgresError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { [exchange] in continuation.resume(returning: work(exchange)) }
            }
        } onCancel: {
            exchange.cancel()
        }
        return try result.get()
    }
}
