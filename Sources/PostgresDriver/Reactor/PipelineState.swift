/// The units in flight on one pipelined connection, and the progress of their answers. Pure; the connection drives it.
///
/// A unit becomes segments, each closed by a sync, so that a failure undoes and skips only up to the segment's own sync
/// (libpq manual §34.5.1.3):
///
///     [ DEALLOCATE s ] sync          if the server told that its plan of s is stale
///     [ prepare s ] sync             for each statement that this connection has not seen
///     [ s1 s2 s3 ] sync              implicit: the sync commits
///     [ BEGIN s1 s2 s3 ] sync [ COMMIT ] sync
///                                    explicit: after a failure COMMIT undoes, so that the block ends in any case
///
/// Statements are prepared in separate segments, because later units already depend on them.
///
///     each command ──answer, failed, skipped──► end ──► next command
///     sync         ──(failed, end)──► sync ──► next segment, or the unit is done
struct PipelineState<Tag: Sendable, Answer: Sendable>: Sendable {
    enum Command: Sendable, Hashable {
        case deallocate(call: Int), prepare(call: Int), execute(call: Int, isPrepared: Bool), begin, commit, sync
    }

    /// The results that libpq returns.
    enum Event: Sendable {
        case answer(Answer)
        case failed(PostgresError)
        /// Not run, because something before it in its segment failed.
        case skipped
        /// The command has no more results.
        case end
        case sync
    }

    enum Verdict: Sendable {
        case goOn
        case done(Tag, Result<[Answer], PostgresError>)
        /// An unexpected answer: the two sides are out of step.
        case broken
    }

    private struct Flight: Sendable {
        let tag: Tag
        let unit: EncodedUnit
        let commands: [Command]
        var cursor = 0
        /// Whether the awaited command has returned something.
        var isAnswered = false
        var answers: [Answer] = []
        var error: PostgresError?
    }

    private let maxPrepared: Int
    private var flights: [Flight] = []
    private var first = 0
    private var prepared: Set<String> = []
    /// The outcome of the last attempt to prepare a statement, for later units that depend on it.
    private var unprepared: [String: PostgresError] = [:]
    /// Statements whose plan the server no longer accepts.
    private var stale: Set<String> = []

    /// - Parameter maxPrepared: the most prepared statements; further ones run unprepared.
    init(maxPrepared: Int) { self.maxPrepared = maxPrepared }

    /// Units that are not answered yet.
    var count: Int { flights.count - first }

    /// The command whose answer is next.
    var awaited: Command? { count > 0 ? flights[first].commands[flights[first].cursor] : nil }

    /// The label of the statement whose answer is next.
    var awaitedLabel: String? { call.map { $0.statement.label } }

    /// The error that has already undone the first unit, before its sync.
    var certainFailure: PostgresError? { count > 0 ? flights[first].error : nil }

    /// Accepts a unit and returns what to send for it.
    mutating func send(_ unit: EncodedUnit, tag: Tag) -> [Command] {
        var commands: [Command] = []
        for (index, call) in unit.calls.enumerated() {
            guard let name = call.statement.name else { continue }
            if stale.remove(name) != nil {
                prepared.remove(name)
                commands += [.deallocate(call: index), .sync]
            }
            guard !prepared.contains(name), prepared.count < maxPrepared else { continue }
            prepared.insert(name)
            commands += [.prepare(call: index), .sync]
        }
        if unit.transaction != .implicit { commands.append(.begin) }
        for (index, call) in unit.calls.enumerated() {
            commands.append(.execute(call: index, isPrepared: call.statement.name.map(prepared.contains) ?? false))
        }
        commands.append(.sync)
        if unit.transaction != .implicit { commands += [.commit, .sync] }
        flights.append(Flight(tag: tag, unit: unit, commands: commands))
        return commands
    }

    mutating func receive(_ event: Event) -> Verdict {
        guard let command = awaited else { return .broken }
        let isAnswered = flights[first].isAnswered
        switch (event, command == .sync) {
        case (.sync, true): return advance()
        // After a failure of the sync itself libpq reports its end; the sync still follows.
        case (.end, true):
            flights[first].isAnswered = false
            return isAnswered ? .goOn : .broken
        case (.end, false): return isAnswered ? advance() : .broken
        case (.sync, false), (.answer, true), (.skipped, true): return .broken
        case (.failed(let error), _):
            guard !isAnswered else { return .broken }
            failed(command, error)
        case (.answer(let answer), false):
            guard !isAnswered else { return .broken }
            answered(command, answer)
        case (.skipped, false): break
        }
        flights[first].isAnswered = true
        return .goOn
    }

    private mutating func answered(_ command: Command, _ answer: Answer) {
        switch command {
        case .execute: flights[first].answers.append(answer)
        case .prepare: if let name = call?.statement.name { unprepared[name] = nil }
        case .deallocate, .begin, .commit, .sync: break
        }
    }

    private mutating func failed(_ command: Command, _ error: PostgresError) {
        switch command {
        // A statement that is not prepared needs no DEALLOCATE.
        case .deallocate: break
        case .prepare:
            if let name = call?.statement.name {
                prepared.remove(name)
                unprepared[name] = error
            }
            fail(error)
        case .execute(_, let isPrepared): fail(isPrepared ? explain(error) : error)
        case .begin, .commit, .sync: fail(error)
        }
    }

    private var call: EncodedUnit.Call? {
        switch awaited {
        case .deallocate(let index), .prepare(let index), .execute(let index, _): flights[first].unit.calls[index]
        case .begin, .commit, .sync, nil: nil
        }
    }

    /// The first error counts; later errors are its consequences.
    private mutating func fail(_ error: PostgresError) {
        if flights[first].error == nil { flights[first].error = error }
    }

    /// A missing prepared statement: an earlier unit failed to prepare it, or the server has forgotten it.
    private mutating func explain(_ error: PostgresError) -> PostgresError {
        guard error.isStalePlan, let name = call?.statement.name else { return error }
        if error.sqlState == "26000", let cause = unprepared[name] { return cause }
        stale.insert(name)
        return error
    }

    private mutating func advance() -> Verdict {
        flights[first].cursor += 1
        flights[first].isAnswered = false
        guard flights[first].cursor == flights[first].commands.count else { return .goOn }
        let flight = flights[first]
        first += 1
        if first > 64 || first == flights.count {
            flights.removeFirst(first)
            first = 0
        }
        return .done(flight.tag, flight.error.map { .failure($0) } ?? .success(flight.answers))
    }
}

extension PostgresError {
    /// Whether the server refused a prepared statement that would work if prepared again.
    var isStalePlan: Bool { sqlState == "26000" || sqlState == "0A000" }
}
