import CPostgres
import Glibc
import Scheduling

/// One libpq connection: a thin wrapper of the calls that the driver makes.
///
/// `@unchecked Sendable`: libpq lets a `PGconn` be used by one thread at a time (manual §34.20). The dialer's thread
/// makes a link, hands it over under a mutex and keeps no reference; from then on its one owner uses it. The pointer is
/// private and freed once, by `deinit`.
final class Link: @unchecked Sendable {
    private let connection: OpaquePointer

    private init(_ connection: OpaquePointer, keepsWords: Bool) {
        self.connection = connection
        // The server's messages quote values, so errors carry only codes, and notices are dropped.
        PQsetErrorVerbosity(connection, keepsWords ? PQERRORS_VERBOSE : PQERRORS_SQLSTATE)
        PQsetErrorContextVisibility(connection, PQSHOW_CONTEXT_NEVER)
        let ignore: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?) -> Void = { _, _ in }
        PQsetNoticeReceiver(connection, ignore, nil)
    }

    deinit { PQfinish(connection) }

    /// Why libpq cannot read a URL, for whoever runs a command; nil if it can. Quoted text is left out, because it may
    /// be the password, except for the name of a parameter.
    static func complaint(url: String) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        if let options = PQconninfoParse(url, &text) {
            PQconninfoFree(options)
            return nil
        }
        guard let text else { return "" }
        defer { PQfreemem(text) }
        let words = String(cString: text).exact.split(separator: "\n").first?.text ?? ""
        guard !words.exact.hasPrefix("invalid URI query parameter") else { return words }
        return words.exact.split(separator: "\"", omittingEmptySubsequences: false).first?.text
    }

    /// Begins to connect. The URL's own parameters override the application's name, but not the encoding.
    ///
    /// - Parameter keepsWords: whether ``words`` keeps the reason of a failure.
    static func start(url: String, applicationName: String, keepsWords: Bool = false) -> Link? {
        let words = [
            ("fallback_application_name", applicationName), ("dbname", url), ("client_encoding", "UTF8"),
        ]
        let keys: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0.0) } + [nil]
        let values: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0.1) } + [nil]
        defer { for word in keys + values { free(word) } }
        let connection = keys.map { UnsafePointer($0) }.withUnsafeBufferPointer { keys in
            values.map { UnsafePointer($0) }.withUnsafeBufferPointer { values in
                PQconnectStartParams(keys.baseAddress, values.baseAddress, 1)
            }
        }
        return connection.map { Link($0, keepsWords: keepsWords) }
    }

    var socket: Int32 { PQsocket(connection) }
    var isBad: Bool { PQstatus(connection) == CONNECTION_BAD }

    /// Continues to connect (§34.1, `PQconnectPoll`).
    func poll() -> PostgresPollingStatusType { PQconnectPoll(connection) }

    /// Why there is no connection: only the address and the system's reason, or the SQLSTATE.
    var failure: String {
        guard let words else { return "connection lost" }
        // The server's words follow the code, if they are kept.
        guard let code = words.firstRange(of: /(FATAL|ERROR|PANIC): +[0-9A-Z]{5}/) else { return words }
        return String(words[..<code.upperBound])
    }

    /// The same with the server's own words, if they are kept.
    var words: String? {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        // Of several hosts, the last one's. Libpq's guess follows a tab, and the server's source position has its own
        // line.
        let lines = text.exact.split(separator: "\n")
        let line = lines.last { !$0.hasPrefix("\t") && !$0.hasPrefix("LOCATION:") }
        return line.map { String(decoding: $0.utf8.prefix(400), as: UTF8.self) }
    }

    func setNonBlocking() -> Bool { PQsetnonblocking(connection, 1) == 0 }

    func enterPipeline() -> Bool {
        setNonBlocking() && PQenterPipelineMode(connection) == 1
    }

    var transaction: PGTransactionStatusType { PQtransactionStatus(connection) }

    func canceller() -> Canceller? { PQgetCancel(connection).map { Canceller($0) } }

    // MARK: - Sending

    /// One or more statements without parameters, outside a pipeline (§34.4, `PQsendQuery`).
    func sendSimple(_ sql: String) -> Bool { PQsendQuery(connection, sql) == 1 }

    func sendPrepare(_ name: String, _ statement: PostgresStatement) -> Bool {
        let types = statement.types.map(\.oid)
        return PQsendPrepare(connection, name, statement.sql, Int32(types.count), types) == 1
    }

    func sendPlain(_ sql: String) -> Bool {
        PQsendQueryParams(connection, sql, 0, nil, nil, nil, nil, 1) == 1
    }

    /// Sends one statement of a unit; libpq copies its arguments.
    func send(_ call: EncodedUnit.Call, of unit: EncodedUnit, isPrepared: Bool) -> Bool {
        unit.bytes.withUnsafeBytes { bytes in
            // An empty value is not NULL: it needs some address.
            var empty: CChar = 0
            return withUnsafePointer(to: &empty) { empty in
                let values: [UnsafePointer<CChar>?] = call.parameters.map { range in
                    guard let range else { return nil }
                    guard let base = bytes.baseAddress, !range.isEmpty else { return empty }
                    return base.advanced(by: range.lowerBound).assumingMemoryBound(to: CChar.self)
                }
                let lengths = call.parameters.map { Int32(truncatingIfNeeded: $0?.count ?? 0) }
                let formats = [Int32](repeating: 1, count: values.count)
                let count = Int32(values.count)
                if isPrepared, let name = call.statement.name {
                    return PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1) == 1
                }
                let types = call.statement.types.map(\.oid)
                return PQsendQueryParams(connection, call.statement.sql, count, types, values, lengths, formats, 1) == 1
            }
        }
    }

    func sendSync() -> Bool { PQpipelineSync(connection) == 1 }

    /// Whether everything is written; nil if the connection is lost.
    func flush() -> Bool? {
        switch PQflush(connection) {
        case 0: true
        case 1: false
        default: nil
        }
    }

    // MARK: - Receiving

    func consume() -> Bool { PQconsumeInput(connection) == 1 }

    var isBusy: Bool { PQisBusy(connection) != 0 }

    func result() -> OpaquePointer? { PQgetResult(connection) }

    func notification() -> (channel: String, payload: String)? {
        guard let notification = PQnotifies(connection) else { return nil }
        defer { PQfreemem(notification) }
        return (String(cString: notification.pointee.relname), String(cString: notification.pointee.extra))
    }
}
