import TestSupport
import AlmanacRuntime
import Scheduling

@testable import TenantActors

/// Someone who asks for things, asks again until there is a definite answer, and does not forget what it was told.
final class Client: @unchecked Sendable {  // Used by one task at a time: a phase ends before the next begins.
    struct Hold { let calendar: ID, owner: ID, start: Instant, minutes: Int }

    let name: String
    let tenant: Tenant
    var process: Process
    var random: SplitMix
    var holds: [Hold] = []
    var appointments: [(calendar: ID, id: ID)] = []
    /// Requests that a dying process left without an answer; they are sent again to the next.
    var unanswered: [() async -> Void] = []
    private var requests = 0

    var ledger: Ledger { process.ledger }
    var record: Record { process.database.record }
    var now: Instant { process.clock.now() }

    init(_ name: String, tenant: Tenant, process: Process, seed: UInt64) {
        self.name = name
        self.tenant = tenant
        self.process = process
        random = SplitMix(seed: seed)
    }

    /// Sends some requests, one after another.
    func run(requests: Int, changesSettings: Bool) async {
        let again = unanswered
        unanswered = []
        for request in again where !process.isCut { await request() }
        for _ in 0..<requests where !process.isCut { await act(changesSettings: changesSettings) }
        ledger.finished()
    }

    private func act(changesSettings: Bool) async {
        let calendar = tenant.calendars.randomElement(using: &random)!
        switch random.below(27) {
        case 0..<5: await book(calendar, at: anyStart(), minutes: random.oneIn(4) ? 60 : 30)
        case 5..<8: await bookWhatIsOffered(calendar)
        case 8..<12: await hold(calendar, at: anyStart(), minutes: random.oneIn(4) ? 60 : 30)
        case 12..<15: await bookHeld()
        case 15, 16: await release()
        case 17..<20: await cancel()
        case 20: await retitle()
        case 21:
            guard changesSettings else { return await advance() }
            if random.oneIn(2) { await changeSettings(calendar) } else { await changeOpeningRules(calendar) }
        case 22, 23: await tick()
        default: await advance()
        }
    }

    /// Two days of slots, so that clients meet; now and then a time that is not on the grid.
    private func anyStart() -> Instant {
        let day = now.adding(microseconds: -(now.microseconds % 86_400_000_000)).adding(days: random.below(2))
        return day.adding(minutes: 540 + 30 * random.below(random.oneIn(8) ? 7 : 5) + (random.oneIn(12) ? 7 : 0))
    }

    private func tick() async {
        for id in await process.tenants.calendarsDue(now) { await process.tenants.tick(id) }
    }

    private func advance() async {
        process.clock.advance(seconds: [10, 60, 200, 300, 301, 1_800].randomElement(using: &random)!)
        ledger.note("\(name): now \(now)")
        await process.executor.pause()
    }

    func nextLabel(_ what: String) -> String {
        requests += 1
        return "\(name).\(requests) \(what)"
    }

    func context(_ label: String) -> CommandContext {
        let keyed = KeyedRequest(
            scope: .init(
                organizationID: tenant.principal.organizationID, credential: tenant.principal.credential,
                route: "simulated", key: label
            ),
            body: Array(label.utf8)
        )
        return CommandContext(
            organizationID: tenant.principal.organizationID, principal: tenant.principal.credential,
            requestID: label, keyed: label.contains("unkeyed") ? nil : keyed
        )
    }

    enum Answer {
        case done(Reply)
        case refused(CommandError)
        /// Nobody knows, and the client asks no more.
        case open
    }

    /// Sends a request until its answer is definite, as the API's documentation tells clients to.
    func send(_ label: String, _ request: () async throws(CommandError) -> Reply) async -> Answer {
        for attempt in 1...500 {
            await process.executor.pause()
            let answer: Answer?
            do throws(CommandError) {
                answer = .done(try await request())
            } catch {
                answer = judge(error, label)
            }
            // A dead process answers nobody.
            if process.isCut { return .open }
            guard let answer else {
                for _ in 0..<min(attempt, 24) { await process.executor.pause() }
                continue
            }
            ledger.note("\(label): \(describe(answer))")
            return answer
        }
        ledger.violate("\(label) never got a definite answer")
        return .open
    }

    /// What an error means to the client; nil where it asks again.
    private func judge(_ error: CommandError, _ label: String) -> Answer? {
        switch error {
        case .refused, .notFound, .preconditionFailed, .conflict, .hasAppointments, .tooMany, .lastAdminKey:
            return .refused(error)
        case .outcomeUnknown:
            ledger.count("answer outcomeUnknown")
            return label.contains("unkeyed") ? .open : nil
        case .unavailable, .overloaded, .contended, .idempotencyInProgress:
            ledger.count("answer \(String(describing: error).prefix { $0 != "(" })")
            return nil
        case .retired, .invalid, .idempotencyKeyReused, .slugTaken, .draining, .shardMoving, .insufficientPermission,
            .missingScope:
            ledger.violate("\(label) was answered \(error)")
            return .refused(error)
        }
    }

    private func describe(_ answer: Answer) -> String {
        switch answer {
        case .done(let reply): "done \(reply.id.map(record.name) ?? "-")\(reply.isReplay ? " again" : "")"
        case .refused(.refused(.slotUnavailable(let reasons, let alternatives))):
            "no \(reasons.map(\.code.rawValue)) \(alternatives.map(\.start.rfc3339))"
        case .refused(.refused(.invalidTransition)): "no transition"
        case .refused(let error): "no \(String(describing: error).prefix { $0 != "(" })"
        case .open: "open"
        }
    }
}
