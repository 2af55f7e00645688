public import AlmanacRuntime
import Logging
public import Scheduling

/// The kept answers to keyed requests.
struct Idempotency: Sendable {
    let services: TenantServices

    /// The first answer given under this key, or nil if there was none or it is too old.
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
                    // Nobody put it there for this request. Its key stays taken: nothing is carried out again.
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

/// Keys whose first request has not been answered yet.
struct RunningKeys {
    private var scopes: Set<IdempotencyClaim.Scope> = []

    mutating func begin(_ keyed: KeyedRequest?) throws(CommandError) {
        guard let keyed else { return }
        guard scopes.insert(keyed.scope).inserted else { throw .idempotencyInProgress }
    }

    mutating func end(_ keyed: KeyedRequest?) {
        if let keyed { scopes.remove(keyed.scope) }
    }
}

/// The answer that an event's command was given: what a replay says, whatever became of the appointment since.
enum EventAnswer {
    static func render(type: String, subjectID: ID, payload: [UInt8], secrets: Secrets) -> [UInt8] {
        guard type.exact.hasPrefix("hold.") else { return appointment(payload) }
        var bytes = payload
        splice("\"hold_token\":\"\(HoldToken.of(subjectID, secrets))\"", into: &bytes)
        return bytes
    }

    /// An appointment's payload with the field that is made for each answer. There is no booker's page to link to yet.
    static func appointment(_ payload: [UInt8]) -> [UInt8] {
        var bytes = payload
        splice("\"manage_url\":null", into: &bytes)
        return bytes
    }

    /// Adds a member to a serialized object that has some.
    private static func splice(_ member: String, into object: inout [UInt8]) {
        guard object.last == UInt8(ascii: "}") else { return }
        object.removeLast()
        object.append(UInt8(ascii: ","))
        object.append(contentsOf: member.utf8)
        object.append(UInt8(ascii: "}"))
    }
}

/// The secret that lets its bearer use a hold: made from the hold's owner, so it is never stored.
public enum HoldToken {
    static func of(_ owner: ID, _ secrets: Secrets) -> String { secrets.token("hold", owner) }

    public static func owner(_ token: String, _ secrets: Secrets) -> ID? { secrets.id("hold", token: token) }
}
