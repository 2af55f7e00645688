import SQL
import CPostgres

/// A connection in pipeline mode: sends units, turns libpq's results into answers. For the reactor's thread only.
final class PipelinedConnection {
    /// The purpose of a unit.
    enum Purpose: Sendable { case settings, unit, probe, listen }

    enum Received {
        case done(Purpose, Result<[ResultBuffer], PostgresError>)
        case lost(String)
    }

    let link: Link
    private(set) var isConnecting = true
    /// The event for which the attempt waits.
    private(set) var wantsWrite = true
    private var state: PipelineState<Purpose, ResultBuffer>

    init(_ link: Link, maxPrepared: Int) {
        self.link = link
        state = PipelineState(maxPrepared: maxPrepared)
    }

    /// The error that has already undone the oldest unit.
    var certainFailure: PostgresError? { state.certainFailure }

    /// Continues to connect. Nil while in progress.
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

    /// Hands a unit to libpq. False if the connection is lost; then part of it may have been sent.
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

    /// Flushes libpq's buffer. Nil if the connection is lost.
    func flush() -> Bool? {
        guard let isDone = link.flush() else { return nil }
        wantsWrite = !isDone
        return isDone
    }

    /// Reads received bytes and returns each answered unit.
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

    /// The meaning of a result to the unit; a failure if it ends the connection.
    private func read(
        _ result: ResultBuffer
    ) -> Result<PipelineState<Purpose, ResultBuffer>.Event, PostgresError> {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            // If a transaction failed before its COMMIT, the COMMIT returns ROLLBACK.
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

    /// The next received notification.
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
