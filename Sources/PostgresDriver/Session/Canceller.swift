import CPostgres

/// Asks the server to stop a session's statement.
///
/// `@unchecked Sendable`: a `PGcancel` is a constant copy of address and key, made so that another thread than its
/// connection's can use it (libpq manual §34.7, `PQgetCancel`); it is freed once, by the last owner.
final class Canceller: @unchecked Sendable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { PQfreeCancel(handle) }

    /// Blocks until the server has the request, or cannot be reached.
    func cancel() {
        var reason = [CChar](repeating: 0, count: 256)
        _ = PQcancel(handle, &reason, 256)
    }
}
