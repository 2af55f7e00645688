public import JSON
import AlmanacRuntime
public import Scheduling

/// The organization's members.
extension OrganizationActor {
    private var members: MembershipQueries { MembershipQueries(services.database) }

    public func createMember(
        _ described: Member, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await inTurn(id) { () async throws(CommandError) -> Reply in
                let now = services.clock.now()
                let member = described.created(services.ids.next(), in: id, at: now)
                try await checkSubject(of: member)
                let reply = Reply(status: 201, body: member.json, id: member.id, version: member.version)
                let outcome = await write(
                    [Member.table.inserted(member)], action: "member.create", target: member.id, reply, context, now
                )
                guard let answer = try await answer(reply, after: outcome, conflict: Self.subjectTaken, context) else {
                    throw CommandError.contended
                }
                return answer
            }
        }
    }

    public func updateMember(
        _ memberID: ID, _ patch: JSON, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> Member {
        try await revise(memberID, ifMatch, "member.update", context, patch)
    }

    /// Deletes a member. It leaves all teams, and its tokens no longer see its own and shared calendars.
    public func deleteMember(
        _ memberID: ID, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) {
        _ = try await revise(memberID, ifMatch, "member.delete", context, nil)
    }

    /// - Parameter patch: nil deletes the member.
    private func revise(
        _ memberID: ID, _ ifMatch: VersionCondition?, _ action: String, _ context: CommandContext, _ patch: JSON?
    ) async throws(CommandError) -> Member {
        try await revise(
            inTurnOf: id, ifMatch: ifMatch, context, conflict: Self.subjectTaken,
            read: { () async throws(CommandError) -> Member in
                guard let member = try await members.member(memberID, id) else {
                    throw .notFound(what: "member", pointer: nil)
                }
                return member
            }, unchanged: { $0 }
        ) { present, now async throws(CommandError) -> (answer: Member, outcome: CommitOutcome)? in
            var member = present
            if let patch {
                member = try present.patched(patch)
                member.complete()
                if member.json == present.json { return nil }
            }
            if member.subject.exact != present.subject.exact {
                // Calendars may be owned by or shared with the subject. With a new subject, they would go to a later
                // user of the old one.
                guard present.subject.exact == memberID.description.exact else { throw Self.subjectFixed }
                try await checkSubject(of: member)
            }
            member = member.next(at: now)
            let rows = MembershipWrites.update(member, isDeletion: patch == nil)
            return (member, await write(rows, action: action, target: memberID, nil, context, now))
        }
    }

    /// A subject that equals another member's id would name both members.
    private func checkSubject(of member: Member) async throws(CommandError) {
        if let other = try await members.member(named: member.subject, id), other.id != member.id {
            throw Self.subjectTaken
        }
    }

    private static var subjectFixed: CommandError {
        let error = FieldError(
            pointer: "/subject", code: "read_only", message: "cannot be changed once it was given: make another member"
        )
        return .invalid(ValidationError(errors: [error]))
    }

    private static var subjectTaken: CommandError {
        .conflict(
            ResourceConflict(
                code: "duplicate_subject", detail: "Another member has this subject, or this id.",
                error: FieldError(
                    pointer: "/subject", code: "duplicate_subject", message: "must be no other member's"
                )
            )
        )
    }
}
