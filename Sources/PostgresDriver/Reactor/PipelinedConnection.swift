import SQL
import CPostgres

/// A connection in pipeline mode: sends units, turns what libpq hands out into answers. Used by the reactor's thread alone.
final class PipelinedConnection {
    /// What a unit is for.
    enum Purpose: Sendable { case settings, unit, probe, listen }

    enum Received {
        case done(Purpose, Result<[ResultBuffer], PostgresError>)
        case lost(String)
    }

    let link: Link
    private(set) var isConnecting = true
    /// What the connection attempt waits for.
    private(set) var wantsWrite = true
    private var state: PipelineState<Purpose, ResultBuffer>

    init(_ link: Link, maxPrepared: Int) {
        self.link = link
        state = PipelineState(maxPrepared: maxPrepared)
    }

    /// The error that has undone the oldest unit already.
    var certainFailure: PostgresError? { state.certainFailure }

    /// Goes on connecting. Nil while it is under way.
    func connect() -> Bool? {
        switch link.poll() {
        case PGRES_POLLING_READING: wantsWrite = false
        case PGRES_POLLING_WRITING: wantsWrite = true
        case PGRES_POLLING_OK:
            isConnecting = false
            wantsWrite = false
            return link.enterPipeline()
        default: return false
        }
        return nil
    }

    /// Hands a unit to libpq. False if the connection is gone; then part of it may have been sent.
    func send(_ unit: EncodedUnit, for purpose: Purpose) -> Bool {
        for command in state.send(unit, tag: purpose) {
            guard send(command, of: unit) else { return false }
        }
        return true
    }

    private func send(_ command: PipelineState<Purpose, ResultBuffer>.Command, of unit: EncodedUnit) -> Bool {
        switch command {
        case .deallocate(let index):
            return unit.calls[index].statement.name.map { link.sendPlain("DEALLOCATE \"\($0)\"") } ?? false
        case .prepare(let index):
            let statement = unit.calls[index].statement
            return statement.name.map { link.sendPrepare($0, statement) } ?? false
        case .execute(let index, let isPrepared):
            return link.send(unit.calls[index], of: unit, isPrepared: isPrepared)
        case .begin:
            guard case .explicit(let isolation) = unit.transaction else { return false }
            return link.sendPlain(isolation.begin)
        case .commit: return link.sendPlain("COMMIT")
        case .sync: return link.sendSync()
        }
    }

    /// Writes what libpq still holds. Nil if the connection is gone.
    func flush() -> Bool? {
        guard let isDone = link.flush() else { return nil }
        wantsWrite = !isDone
        return isDone
    }

    /// Reads what has come and hands out each unit that is answered.
    func receive(_ handle: (Received) -> Void) {
        let isAlive = link.consume()
        while state.count > 0, !link.isBusy {
            let event: PipelineState<Purpose, ResultBuffer>.Event
            if let result = link.result().map({ ResultBuffer($0) }) {
                switch read(result) {
                case .success(let read): event = read
                case .failure(let fatal): return handle(.lost(fatal.sqlState ?? fatal.context ?? ""))
                }
            } else if link.isBad {
                break
            } else {
                event = .end
            }
            switch state.receive(event) {
            case .goOn: break
            case .done(let purpose, let result): handle(.done(purpose, result))
            case .broken: return handle(.lost("protocol"))
            }
        }
        if !isAlive || link.isBad { handle(.lost("connection lost")) }
    }

    /// What a result means to the unit; a failure if it means the end of the connection.
    private func read(
        _ result: ResultBuffer
    ) -> Result<PipelineState<Purpose, ResultBuffer>.Event, PostgresError> {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            // A transaction that had failed before its COMMIT answers that with ROLLBACK.
            if state.awaited == .commit, result.command == "ROLLBACK" {
                let error = PostgresError(.statement, "the transaction was rolled back", sqlState: "25P02")
                return .success(.failed(error))
            }
            return .success(.answer(result))
        case PGRES_PIPELINE_SYNC: return .success(.sync)
        case PGRES_PIPELINE_ABORTED: return .success(.skipped)
        case PGRES_FATAL_ERROR:
            guard let error = result.error(state.awaitedLabel) else {
                return .failure(PostgresError(.unavailable, "connection lost"))
            }
            return result.isMild ? .success(.failed(error)) : .failure(error)
        default:
            return .failure(PostgresError(.statement, "an answer that this driver does not read"))
        }
    }

    /// The next notification that has come.
    func notification() -> (channel: String, payload: String)? { link.notification() }
}

extension PostgresUnit.Isolation {
    fileprivate var begin: String {
        switch self {
        case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
        }
    }
}
