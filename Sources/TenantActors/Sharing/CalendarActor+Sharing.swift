import JSON
import AlmanacRuntime
public import Scheduling

/// The calendar's shares. A change of shares is an event like any other, so every node that has the event also has the
/// change.
extension CalendarActor {
    /// What a viewer may do with the calendar now.
    func permission(of viewer: Viewer) throws(CommandError) -> Permission? {
        guard !isRetired else { throw .retired }
        return record.permission(of: viewer, at: services.clock.now())
    }

    /// Shares the calendar. Only the answer contains the secret of a link.
    public func share(_ command: GiveShare, _ context: CommandContext) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await inTurn(id) { () async throws(CommandError) -> Reply in try await shareNow(command, context) }
        }
    }

    private func shareNow(_ command: GiveShare, _ context: CommandContext) async throws(CommandError) -> Reply {
        try await untilWritten { _ async throws(CommandError) -> Reply? in
            let (grantee, alias) = try await resolve(command.grantee)
            let present = try current()
            let now = services.clock.now()
            let isFull = present.shares.count >= CalendarShare.limit
            let earlier = present.shares.filter {
                ($0.grantee != .link && ($0.grantee == grantee || $0.grantee == alias))
                    || (isFull && !$0.isInForce(at: now))
            }
            if earlier.contains(where: { $0.isInForce(at: now) }) {
                throw .conflict(ResourceConflict.duplicateShare)
            }
            guard present.shares.count - earlier.count < CalendarShare.limit else {
                throw .conflict(.limitExceeded("A calendar has at most \(CalendarShare.limit) shares."))
            }
            let share = CalendarShare(
                id: services.ids.next(), grantee: grantee, permission: command.permission,
                expiresAt: command.expiresAt, createdAt: now
            )
            let secret = grantee == .link ? ShareLink.secret(services.ids) : nil
            let link = secret.map { (text: $0, url: ShareLink.url($0, services.publicURL)) }
            let reply = Reply(status: 201, body: share.json(of: id, secret: link), id: share.id, version: share.version)
            var next = present
            next.shares.removeAll(where: earlier.contains)
            next.shares.append(share)
            let rows =
                earlier.map { ShareWrites.delete($0, of: id, at: now) } + [
                    ShareWrites.insert(
                        share, calendar: id, organization: organizationID, secretHash: secret.map(ShareLink.hash)
                    )
                ]
            let outcome = await write(rows, next, share, "calendar_share.create", reply, context, now)
            // The database knows a share that memory does not.
            if case .conflict = outcome { distrust() }
            return try await answer(reply, after: outcome, conflict: .retired, context)
        }
    }

    /// Deletes a share. It no longer counts when the request is answered.
    public func revokeShare(
        _ shareID: ID, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) {
        try await revise(
            inTurnOf: id, ifMatch: ifMatch, context,
            read: { () throws(CommandError) -> CalendarShare in
                guard let share = try current().shares.first(where: { $0.id == shareID }) else {
                    throw .notFound(what: "share", pointer: nil)
                }
                return share
            }, unchanged: { _ in }
        ) { share, now async throws(CommandError) -> (answer: Void, outcome: CommitOutcome)? in
            var next = try current()
            next.shares.removeAll { $0.id == shareID }
            let row = ShareWrites.delete(share, of: id, at: now)
            return ((), await write([row], next, share, "calendar_share.delete", nil, context, now))
        }
    }

    private func write(
        _ rows: [WriteRow], _ next: CalendarRecord, _ share: CalendarShare, _ action: String, _ reply: Reply?,
        _ context: CommandContext, _ now: Instant
    ) async -> CommitOutcome {
        let payload = JSONWriter.object { writer in
            writer.field("calendar_id", id.description)
            writer.field("changed", ["shares"])
            writer.field("share_id", share.id.description)
        }
        let change = change(
            rows, events: [event("calendar.updated", id, payload, now)], action: action, target: share.id, context,
            keyedStatus: reply?.status, answer: reply?.body, now: now
        )
        return await write([(Pending(decision: .record, record: next), change)])
    }

    /// The grantee, and the other name under which an earlier share may mean the same one.
    private func resolve(
        _ grantee: GiveShare.Grantee
    ) async throws(CommandError) -> (grantee: CalendarShare.Grantee, alias: CalendarShare.Grantee?) {
        let queries = MembershipQueries(services.database)
        switch grantee {
        case .organization: return (.organization, nil)
        case .link: return (.link, nil)
        case .team(let id):
            guard try await queries.team(id, organizationID) != nil else { throw Self.unknownGrantee("team") }
            return (.team(id), nil)
        case .member(let name):
            let member = try await queries.member(named: name, organizationID)
            guard ID(name) != nil else { return (.subject(name.exact), member.map { .member($0.id) }) }
            guard let member else { throw Self.unknownGrantee("member") }
            return (.member(member.id), .subject(member.subject.exact))
        }
    }

    private static func unknownGrantee(_ what: String) -> CommandError {
        let error = FieldError(
            pointer: "/grantee_id", code: "unknown_grantee", message: "must be a \(what) of your organization"
        )
        return .invalid(ValidationError(errors: [error]))
    }
}

extension ResourceConflict {
    fileprivate static var duplicateShare: ResourceConflict {
        ResourceConflict(
            code: "duplicate_share",
            detail: "The grantee has the calendar already: take that share back first.",
            error: FieldError(
                pointer: "/grantee_id", code: "duplicate_share", message: "must not have the calendar already"
            )
        )
    }
}
