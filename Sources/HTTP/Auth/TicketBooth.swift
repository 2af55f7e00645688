import JSON
import AlmanacRuntime
import Scheduling
import Synchronization
import TenantActors

/// Tickets for WebSockets. A browser cannot send an `Authorization` header with a WebSocket, and a credential does not
/// belong in a URL. A ticket replaces a credential once, within a minute.
final class TicketBooth: Sendable {
    private struct Ticket {
        let principal: Principal
        let expiresAt: Instant
    }

    static let lifetimeSeconds: Int64 = 60

    private let limits: TicketLimits
    private let clock: any WallClock
    /// The store that all nodes read, so that a client can use its ticket on any node.
    private let store: (any HotStore)?
    private let ids: IDGenerator
    /// The key is the hash of the secret, so the time of a look-up tells nothing about the secret.
    private let tickets = Mutex<[[UInt8]: Ticket]>([:])
    /// How many tickets are unused, including those in the shared store.
    private let counts: Mutex<TicketCounts>

    init(
        clock: any WallClock, ids: IDGenerator, store: (any HotStore)? = nil, limits: TicketLimits = TicketLimits()
    ) {
        counts = Mutex(TicketCounts(limits))
        self.limits = limits
        self.clock = clock
        self.store = store
        self.ids = ids
    }

    /// Issues a ticket of the principal. Throws 429 if its organization has too many unused tickets, 503 if all
    /// organizations together have.
    func issue(_ principal: Principal) async throws(CommandError) -> (secret: String, expiresAt: Instant) {
        let now = clock.now()
        let secret = Base64URL.encode(ids.secret(bytes: 32))
        let expiresAt = now.adding(seconds: Self.lifetimeSeconds)
        let counted = counts.withLock { counts -> Result<Void, CommandError> in
            do throws(CommandError) {
                return .success(try counts.add(principal.organizationID, until: expiresAt, now: now))
            } catch {
                return .failure(error)
            }
        }
        try counted.get()
        if let store, await keep(principal, until: expiresAt, as: secret, in: store) { return (secret, expiresAt) }
        tickets.withLock { tickets in
            // Without the expired tickets, at most `limits.all` remain.
            if tickets.count >= limits.all { tickets = tickets.filter { $0.value.expiresAt > now } }
            tickets[Secrets.digest(secret.utf8)] = Ticket(principal: principal, expiresAt: expiresAt)
        }
        return (secret, expiresAt)
    }

    /// Uses up a ticket; nil if there is no such ticket, or it was used or has expired.
    func redeem(_ secret: String) async -> Principal? {
        guard let principal = await taken(secret) else { return nil }
        counts.withLock { $0.remove(principal.organizationID) }
        return principal
    }

    private func taken(_ secret: String) async -> Principal? {
        let ticket = tickets.withLock { $0.removeValue(forKey: Secrets.digest(secret.utf8)) }
        if let ticket { return Self.isLive(ticket.expiresAt, clock.now()) ? ticket.principal : nil }
        guard let bytes = try? await store?.take(Self.name(secret)) else { return nil }
        return Self.principal(bytes, now: clock.now())
    }

    /// A ticket with a longer life than any was issued while the clock was ahead.
    private static func isLive(_ end: Instant, _ now: Instant) -> Bool {
        now < end && end <= now.adding(seconds: 2 * lifetimeSeconds)
    }

    /// The ticket in the store contains its own end, because the store is not trusted to expire it.
    private static func bytes(_ principal: Principal, until end: Instant) -> [UInt8] {
        withUnsafeBytes(of: end.microseconds.bigEndian) { Array($0) } + principal.json
    }

    private static func principal(_ bytes: [UInt8], now: Instant) -> Principal? {
        guard bytes.count > 8 else { return nil }
        let end = Instant(microseconds: bytes.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) })
        guard isLive(end, now), let json = try? JSON.parse(Array(bytes.dropFirst(8))) else { return nil }
        return Principal(json: json)
    }

    /// False if the shared store does not take the ticket: then it is valid only on this node.
    private func keep(
        _ principal: Principal, until end: Instant, as secret: String, in store: any HotStore
    ) async -> Bool {
        let ticket = Self.bytes(principal, until: end)
        do throws(HotError) {
            try await store.put(Self.name(secret), ticket, seconds: Int(Self.lifetimeSeconds))
            return true
        } catch {
            return false
        }
    }

    private static func name(_ secret: String) -> String { Base64URL.encode(Secrets.digest(secret.utf8)) }
}
