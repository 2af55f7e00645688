public import JSON
import AlmanacRuntime
public import Scheduling

/// The organization's teams.
extension OrganizationActor {
    private var teams: MembershipQueries { MembershipQueries(services.database) }

    public func createTeam(_ described: Team, _ context: CommandContext) async throws(CommandError) -> Reply {
        try await keyed(context) { () async throws(CommandError) -> Reply in
            try await untilWritten { _ async throws(CommandError) -> Reply? in
                try await checkMembers(of: described)
                let now = services.clock.now()
                let team = described.created(services.ids.next(), in: id, at: now)
                let reply = Reply(status: 201, body: team.json, id: team.id, version: team.version)
                let outcome = await write(
                    MembershipWrites.insert(team), action: "team.create", target: team.id, reply, context, now
                )
                return try await answer(reply, after: outcome, context)
            }
        }
    }

    public func updateTeam(
        _ teamID: ID, _ patch: JSON, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) -> Team {
        try await reviseTeam(teamID, ifMatch, "team.update", context, patch)
    }

    /// Deletes a team. Its shares no longer reach anybody.
    public func deleteTeam(
        _ teamID: ID, ifMatch: VersionCondition?, _ context: CommandContext
    ) async throws(CommandError) {
        _ = try await reviseTeam(teamID, ifMatch, "team.delete", context, nil)
    }

    /// - Parameter patch: nil deletes the team.
    private func reviseTeam(
        _ teamID: ID, _ ifMatch: VersionCondition?, _ action: String, _ context: CommandContext, _ patch: JSON?
    ) async throws(CommandError) -> Team {
        try await revise(
            inTurnOf: id, ifMatch: ifMatch, context,
            read: { () async throws(CommandError) -> Team in
                guard let team = try await teams.team(teamID, id) else { throw .notFound(what: "team", pointer: nil) }
                return team
            }, unchanged: { $0 }
        ) { present, now async throws(CommandError) -> (answer: Team, outcome: CommitOutcome)? in
            var team = present
            if let patch {
                team = try present.patched(patch)
                try await checkMembers(of: team)
                team.complete()
                if team.json == present.json { return nil }
            }
            team = team.next(at: now)
            let rows = MembershipWrites.update(team, isDeletion: patch == nil)
            return (team, await write(rows, action: action, target: teamID, nil, context, now))
        }
    }

    private func checkMembers(of team: Team) async throws(CommandError) {
        let known = try await teams.known(team.memberIDs, id)
        let errors = team.memberIDs.enumerated().filter { !known.contains($1) }.map { index, _ in
            FieldError(
                pointer: "/member_ids/\(index)", code: "unknown_member",
                message: "must be a member of your organization"
            )
        }
        if !errors.isEmpty { throw .invalid(ValidationError(errors: errors)) }
    }
}
