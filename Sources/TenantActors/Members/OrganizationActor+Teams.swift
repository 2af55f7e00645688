public import JSON
import AlmanacRuntime
public import Scheduling

/// The teams that the organization's members are in.
extension OrganizationActor {
    private var teams: MembershipQueries { MembershipQueries(services.database) }

    public func createTeam(_ fields: Team.Fields, _ context: CommandContext) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            for _ in 0..<8 {
                try await checkMembers(fields)
                let now = services.clock.now()
                let team = Team(id: services.ids.next(), organizationID: id, fields, createdAt: now)
                let reply = Reply(status: 201, body: team.json, id: team.id, version: team.version)
                let outcome = await write(
                    MembershipWrites.insert(team), action: "team.create", target: team.id, reply, context, now
                )
                if case .committed = outcome { return reply }
                if let kept = try await failure(outcome, context) { return kept }
            }
            throw .contended
        }
    }

    public func updateTeam(
        _ teamID: ID, _ patch: JSON, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> Team {
        try await reviseTeam(teamID, ifMatch, "team.update", context, patch)
    }

    /// Deletes a team: what was given to it is nobody's any more.
    public func deleteTeam(
        _ teamID: ID, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) {
        _ = try await reviseTeam(teamID, ifMatch, "team.delete", context, nil)
    }

    /// - Parameter patch: nil deletes it.
    private func reviseTeam(
        _ teamID: ID, _ ifMatch: VersionCondition?, _ action: String, _ context: CommandContext, _ patch: JSON?
    ) async throws(CommandError) -> Team {
        try await inTurn(id) { () async throws(CommandError) -> Team in
            for _ in 0..<8 {
                guard var team = try await teams.team(teamID, id) else {
                    throw CommandError.notFound(what: "team", pointer: nil)
                }
                if let ifMatch, !ifMatch.holds(VersionTag.of(teamID, team.version)) {
                    throw CommandError.preconditionFailed
                }
                let present = team.json
                if let patch {
                    let fields: Team.Fields
                    do throws(ValidationError) {
                        fields = try team.fields(patched: patch)
                    } catch {
                        throw CommandError.invalid(error)
                    }
                    try await checkMembers(fields)
                    team.name = fields.name
                    team.memberIDs = Set(fields.memberIDs).sorted()
                    if JSON.areEqual(team.json, present) { return team }
                }
                let now = services.clock.now()
                team.version += 1
                team.updatedAt = now
                let outcome = await write(
                    MembershipWrites.update(team, isDeletion: patch == nil), action: action, target: teamID, nil,
                    context, now
                )
                if case .committed = outcome { return team }
                _ = try await failure(outcome, context)
            }
            throw CommandError.contended
        }
    }

    private func checkMembers(_ fields: Team.Fields) async throws(CommandError) {
        let known = try await teams.known(fields.memberIDs, id)
        let errors = fields.memberIDs.enumerated().filter { !known.contains($1) }.map { index, _ in
            FieldError(
                pointer: "/member_ids/\(index)", code: "unknown_member",
                message: "must be a member of your organization"
            )
        }
        if !errors.isEmpty { throw .invalid(ValidationError(errors: errors)) }
    }
}
