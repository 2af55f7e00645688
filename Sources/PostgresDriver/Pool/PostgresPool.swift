import Connecting
public import SQL
import Scheduling
import CPostgres
import Foundation
public import Logging
import Synchronization

/// Connections to one server, shared by all callers.
///
/// One thread keeps every connection in pipeline mode (libpq manual §34.5): a caller hands over its unit and suspends,
/// and units of many callers are in flight on one connection at once. No caller waits past its deadline, and each
/// learns whether its unit was written, was not written, or is uncertain.
public final class PostgresPool: Sendable {
    let core: PoolCore
    private let catalog = StatementCatalog()

    /// Begins to connect, and returns at once. Throws if the address cannot be read.
    ///
    /// - Parameter random: used for the pauses between attempts to connect.
    public init(
        _ configuration: PostgresConfiguration, logger: Logger = Logger(label: "almanac.postgres"),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(PostgresError) {
        let core = try PoolCore(configuration, logger: logger, random: random)
        self.core = core
        Thread.detachNewThread {
            ThreadName.set("postgres")
            PostgresReactor.run(core)
        }
    }

    deinit { core.change { $0.pool.close(by: 0) } }

    // MARK: - Units

    /// Runs a unit and returns the result of each statement.
    ///
    /// Throws with the code
    /// - ``StoreError/Code/unavailable``: nothing was written, and trying again later may help;
    /// - ``StoreError/Code/statement``: nothing was written, and trying again will not help; ``PostgresError/sqlState`` and
    ///   ``PostgresError/constraint`` say why;
    /// - ``StoreError/Code/unknownOutcome``: it writes, was sent, and got no answer.
    ///
    /// If the task is cancelled before its unit was sent, the unit is withdrawn; later, the call waits for the answer.
    ///
    /// Runs in the caller's isolation: the unit is queued before the call first suspends.
    @discardableResult
    public nonisolated(nonsending) func run(
        _ unit: PostgresUnit
    ) async throws(PostgresError) -> [PostgresResult] {
        let encoded = try EncodedUnit(unit)
        let limit = (unit.deadline ?? core.configuration.deadline).nanoseconds
        let deadline = MonotonicTime.now() + limit
        var result = await send(encoded, unit, deadline)
        // The schema has changed under a prepared statement, and nothing was written: prepared again, it works.
        if case .failure(let error) = result, error.isStalePlan { result = await send(encoded, unit, deadline) }
        return try result.get().map { PostgresResult($0) }
    }

    /// Runs one reading statement. Its types are those of the values; for another type, cast in the statement.
    public nonisolated(nonsending) func query(
        _ sql: String, _ values: [SQLValue] = []
    ) async throws(StoreError) -> [SQLRow] {
        var unit = PostgresUnit(.read)
        unit.add(statement(sql, values), values: values)
        return try await rows(of: unit)
    }

    /// A statement for a text, with the types of these values.
    package func statement(_ sql: String, _ values: [SQLValue]) -> PostgresStatement { catalog.statement(sql, values) }

    /// Runs a unit and returns the rows of its last statement.
    public nonisolated(nonsending) func rows(
        of unit: PostgresUnit
    ) async throws(StoreError) -> [SQLRow] {
        let results: [PostgresResult]
        do throws(PostgresError) { results = try await run(unit) } catch { throw error.storeError }
        return try results.last?.rows() ?? []
    }

    private nonisolated(nonsending) func send(
        _ encoded: EncodedUnit, _ unit: PostgresUnit, _ deadline: UInt64
    ) async -> Result<[ResultBuffer], PostgresError> {
        // 0 until the unit is accepted; both happen under the core's mutex.
        let id = Atomic<UInt64>(0)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let job = UnitJob(unit: encoded, continuation: continuation)
                let now = MonotonicTime.now()
                let submission = core.shared.withLock { shared in
                    let submission = shared.pool.submit(
                        job, unit.access, writer: unit.writer, deadline: deadline, isVital: unit.isVital,
                        isCancelled: Task.isCancelled, now: now
                    )
                    if case .accepted(let number, _) = submission { id.store(number, ordering: .relaxed) }
                    return submission
                }
                switch submission {
                case .accepted(_, let wake): if wake { core.wakeUp.wake() }
                case .refused(let failure): continuation.resume(returning: .failure(PostgresError(failure)))
                }
            }
        } onCancel: {
            let job = core.shared.withLock { $0.pool.withdraw(id.load(ordering: .relaxed)) }
            job?.continuation.resume(returning: .failure(PostgresError(.cancelled)))
        }
    }

    // MARK: - Life

    /// Units that wait for a connection.
    public func waiting(_ access: PostgresUnit.Access) -> Int { core.shared.withLock { $0.pool.waiting(access) } }

    /// Connections of this class that can take units.
    public func ready(_ access: PostgresUnit.Access) -> Int { core.shared.withLock { $0.pool.readyCount(access) } }

    /// Whether a connection of this class owes an answer for which nobody waits any more.
    func isOwing(_ access: PostgresUnit.Access) -> Bool { core.shared.withLock { $0.pool.isOwing(access) } }

    /// Accepts no more units, waits at most this long for those in flight, and disconnects.
    public func close(within grace: Duration = .seconds(10)) async {
        let deadline = MonotonicTime.now() + grace.nanoseconds
        await withCheckedContinuation { continuation in
            let (isOver, wake) = core.shared.withLock { shared in
                if shared.pool.isFinished { return (true, false) }
                shared.closers.append(continuation)
                return (false, shared.pool.close(by: deadline))
            }
            if isOver { continuation.resume() }
            if wake { core.wakeUp.wake() }
        }
    }
}

extension PostgresError {
    init(_ failure: PoolFailure, because: String? = nil) {
        let cause = because.map { ": \($0)" } ?? ""
        switch failure {
        case .full: self.init(.unavailable, "too many units wait for PostgreSQL")
        case .closed: self.init(.unavailable, "the connections to PostgreSQL are closed")
        case .down: self.init(.unavailable, "PostgreSQL does not answer" + cause)
        case .unreachable(let reason):
            self.init(.unavailable, "not connected to PostgreSQL" + (reason.map { ": \($0.text)" } ?? ""))
        case .cancelled: self.init(.unavailable, "cancelled before it was sent")
        case .late(isConnected: true): self.init(.unavailable, "PostgreSQL was too busy until the deadline")
        case .late(isConnected: false): self.init(.unavailable, "not connected to PostgreSQL" + cause)
        case .overdue(.read): self.init(.unavailable, "no answer from PostgreSQL by the deadline")
        case .overdue(.write): self.init(.unknownOutcome, "no answer from PostgreSQL by the deadline")
        case .lost(.read): self.init(.unavailable, "the connection to PostgreSQL was lost" + cause)
        case .lost(.write): self.init(.unknownOutcome, "the connection to PostgreSQL was lost" + cause)
        }
    }
}
