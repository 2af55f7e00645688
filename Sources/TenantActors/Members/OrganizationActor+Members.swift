public import JSON
import AlmanacRuntime
public import Scheduling

/// Who belongs to the organization.
extension OrganizationActor {
    private var members: MembershipQueries { MembershipQueries(services.database) }

    public func createMember(
        _ fields: Member.Fields, _ context: CommandContext
    ) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await inTurn(id) { () async throws(CommandError) -> Reply in
                let now = services.clock.now()
                let member = Member(id: services.ids.next(), organizationID: id, fields, createdAt: now)
                try await checkSubject(of: member)
                let reply = Reply(status: 201, body: member.json, id: member.id, version: member.version)
                let outcome = await write(
                    MembershipWrites.insert(member), action: "member.create", target: member.id, reply, context, now
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
        try await revise(memberID, ifMatch, "member.update", context, isDeletion: false) {
            (member, now) throws(CommandError) in
            do throws(ValidationError) {
                return try member.patched(patch, at: now)
            } catch {
                throw .invalid(error)
            }
        }
    }

    /// Deletes a member: it is in no team any more, and its tokens see nothing that was its own or given to it.
    public func deleteMember(
        _ memberID: ID, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) {
        _ = try await revise(memberID, ifMatch, "member.delete", context, isDeletion: true) {
            (member, now) throws(CommandError) in
            var gone = member
            gone.version += 1
            gone.updatedAt = now
            return gone
        }
    }

    private func revise(
        _ memberID: ID, _ ifMatch: VersionCondition?, _ action: String, _ context: CommandContext, isDeletion: Bool,
        _ edit: (Member, Instant) throws(CommandError) -> Member
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
            let member = try edit(present, now)
            if member.version == present.version { return nil }
            if member.subject.exact != present.subject.exact {
                // What it owns and was given may go by the subject: another one would leave all that to strangers.
                guard present.subject.exact == memberID.description.exact else { throw Self.subjectFixed }
                try await checkSubject(of: member)
            }
            let rows = MembershipWrites.update(member, isDeletion: isDeletion)
            return (member, await write(rows, action: action, target: memberID, nil, context, now))
        }
    }

    /// A subject that is another member's id would make two of one.
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
