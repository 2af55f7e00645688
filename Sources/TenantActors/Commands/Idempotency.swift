import SQL
import AlmanacRuntime
import Logging
import Scheduling

/// The stored answers of requests with an idempotency key.
struct Idempotency: Sendable {
    let services: TenantServices

    /// The first answer under this key; nil if there is none, or it is too old.
    ///
    /// Throws ``CommandError/idempotencyKeyReused`` if the key was used with another body.
    func replay(_ keyed: KeyedRequest) async throws(CommandError) -> Reply? {
        let scope = keyed.scope
        let rows: [SQLRow]
        do {
            rows = try await services.database.query(
                """
                SELECT k.body_hash, k.status, k.response,
                    (SELECT e.type FROM events e WHERE e.calendar_id = k.calendar_id AND e.seq = k.seq),
                    (SELECT e.subject_id FROM events e WHERE e.calendar_id = k.calendar_id AND e.seq = k.seq),
                    (SELECT e.payload FROM events e WHERE e.calendar_id = k.calendar_id AND e.seq = k.seq)
                FROM idempotency_keys k
                WHERE k.organization_id = $1 AND k.credential = $2 AND k.route = $3 AND k.key = $4
                    AND (k.expires_at > $5) IS TRUE
                """,
                [
                    .id(scope.organizationID), .text(scope.credential), .text(scope.route), .text(scope.key),
                    .instant(services.clock.now()),
                ],
                for: scope.organizationID
            )
        } catch {
            throw .unavailable(error)
        }
        guard let row = rows.first else { return nil }
        do {
            guard keyed.isSameBody(try row.bytes(0)) else { throw CommandError.idempotencyKeyReused }
            let status = try row.int(1)
            if let sealed = try row.optional(2, row.bytes) {
                guard let body = services.secrets.open(sealed, from: keyed.sealContext(status)) else {
                    // The stored answer is not the one of this request. The key stays used: the request is not carried
                    // out again.
                    services.logger.error("a kept answer does not open in its place")
                    return nil
                }
                return Reply(status: status, body: body, isReplay: true)
            }
            let id = try row.id(4)
            let body = EventAnswer.render(
                type: try row.text(3), subjectID: id, payload: try row.bytes(5), secrets: services.secrets
            )
            return Reply(status: status, body: body, id: id, isReplay: true)
        } catch let error as CommandError {
            throw error
        } catch let error as StoreError {
            throw .unavailable(error)
        } catch {
            throw .unavailable(StoreError(.corrupt, "an idempotency key cannot be read"))
        }
    }
}
