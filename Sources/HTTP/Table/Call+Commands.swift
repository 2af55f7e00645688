import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// Commands, and access to the actors that carry them out.
extension Call {
    static let idempotencyKey = headerName("Idempotency-Key")

    /// The context for a command of this call; throws if its Idempotency-Key is invalid.
    func command() throws -> CommandContext {
        CommandContext(
            organizationID: organizationID, principal: principal.credential, requestID: context.requestID,
            keyed: try keyed()
        )
    }

    /// The request under its Idempotency-Key, if it has one. Only POST uses it.
    private func keyed() throws -> KeyedRequest? {
        guard let key = request.headers[Self.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Problem.validation([
                FieldError(
                    pointer: "/Idempotency-Key", code: "invalid_value",
                    message: "must be 1 to 255 visible ASCII characters"
                )
            ])
        }
        guard request.method == .post else { return nil }
        return KeyedRequest(
            scope: IdempotencyClaim.Scope(
                organizationID: organizationID, credential: principal.credential, route: request.uri.path, key: key
            ),
            body: body
        )
    }

    /// Runs a command with the calendar in the path, or with another one.
    nonisolated(nonsending) func calendar<R: Sendable>(
        _ id: ID? = nil, needing permission: Permission, pointer: String? = nil,
        _ body: nonisolated(nonsending) (CalendarActor, CommandContext) async throws -> R
    ) async throws -> R {
        let command = try command()
        return try await calendar(id, needing: permission, pointer: pointer) { try await body($0, command) }
    }

    /// Runs `body` with the calendar in the path, or with another one.
    nonisolated(nonsending) func calendar<R: Sendable>(
        _ id: ID? = nil, needing permission: Permission, pointer: String? = nil,
        _ body: nonisolated(nonsending) (CalendarActor) async throws -> R
    ) async throws -> R {
        try await permitted(id, needing: permission, pointer: pointer) { calendar, _ in try await body(calendar) }
    }

    /// The same, for a body that needs to know the principal's access.
    nonisolated(nonsending) func permitted<R: Sendable>(
        _ id: ID? = nil, needing permission: Permission, pointer: String? = nil,
        _ body: nonisolated(nonsending) (CalendarActor, Access) async throws -> R
    ) async throws -> R {
        try await api.tenants.permitted(id ?? self.id, for: principal, needing: permission, pointer: pointer) {
            calendar, access async throws(CommandError) in
            try await Self.attempt { try await body(calendar, access) }
        }.get()
    }

    /// Runs a command with the principal's organization, or with another one.
    nonisolated(nonsending) func organization<R: Sendable>(
        _ id: ID? = nil, _ body: nonisolated(nonsending) (OrganizationActor, CommandContext) async throws -> R
    ) async throws -> R {
        let command = try command()
        return try await organization(id) { try await body($0, command) }
    }

    /// Runs `body` with the principal's organization, or with another one.
    nonisolated(nonsending) func organization<R: Sendable>(
        _ id: ID? = nil, _ body: nonisolated(nonsending) (OrganizationActor) async throws -> R
    ) async throws -> R {
        try await api.tenants.organization(id ?? organizationID) { organization async throws(CommandError) in
            try await Self.attempt { try await body(organization) }
        }.get()
    }

    /// Closures cannot infer a thrown type, but actors take those that throw a ``CommandError``. This returns other
    /// errors, and the caller throws them when the actor is done.
    private nonisolated(nonsending) static func attempt<R: Sendable>(
        _ body: nonisolated(nonsending) () async throws -> R
    ) async throws(CommandError) -> Result<R, any Error> {
        do {
            return .success(try await body())
        } catch let error as CommandError {
            throw error
        } catch {
            return .failure(error)
        }
    }
}
