import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// The ways to what a call is about.
extension Call {
    static let idempotencyKey = headerName("Idempotency-Key")

    /// What a command runs as.
    func command() throws -> CommandContext {
        CommandContext(
            organizationID: organizationID, principal: principal.credential, requestID: context.requestID,
            keyed: try keyed()
        )
    }

    /// What the Idempotency-Key stands for, if there is one; only a POST needs one.
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

    /// Runs a command of the calendar that the path names, or another.
    nonisolated(nonsending) func calendar<R: Sendable>(
        _ id: ID? = nil, needing permission: Permission, pointer: String? = nil,
        _ body: nonisolated(nonsending) (CalendarActor, CommandContext) async throws -> R
    ) async throws -> R {
        let command = try command()
        return try await calendar(id, needing: permission, pointer: pointer) { try await body($0, command) }
    }

    /// Asks the calendar.
    nonisolated(nonsending) func calendar<R: Sendable>(
        _ id: ID? = nil, needing permission: Permission, pointer: String? = nil,
        _ body: nonisolated(nonsending) (CalendarActor) async throws -> R
    ) async throws -> R {
        try await permitted(id, needing: permission, pointer: pointer) { calendar, _ in try await body(calendar) }
    }

    /// The same, for a body that wants to know how much the principal may do.
    nonisolated(nonsending) func permitted<R: Sendable>(
        _ id: ID? = nil, needing permission: Permission, pointer: String? = nil,
        _ body: nonisolated(nonsending) (CalendarActor, Access) async throws -> R
    ) async throws -> R {
        try await api.tenants.permitted(id ?? self.id, for: principal, needing: permission, pointer: pointer) {
            calendar, access async throws(CommandError) in
            try await Self.attempt { try await body(calendar, access) }
        }.get()
    }

    /// Runs a command of the principal's organization, or of another.
    nonisolated(nonsending) func organization<R: Sendable>(
        _ id: ID? = nil, _ body: nonisolated(nonsending) (OrganizationActor, CommandContext) async throws -> R
    ) async throws -> R {
        let command = try command()
        return try await organization(id) { try await body($0, command) }
    }

    /// Asks the organization.
    nonisolated(nonsending) func organization<R: Sendable>(
        _ id: ID? = nil, _ body: nonisolated(nonsending) (OrganizationActor) async throws -> R
    ) async throws -> R {
        try await api.tenants.organization(id ?? organizationID) { organization async throws(CommandError) in
            try await Self.attempt { try await body(organization) }
        }.get()
    }

    /// Closures cannot infer what they throw: whatever else than a ``CommandError`` one throws is thrown outside of the
    /// actors' turns.
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
