import SQL
import AlmanacRuntime
import Scheduling

/// Rows of members and teams.
enum MembershipWrites {
    /// Raises the versions of a member's teams, before the member leaves them.
    ///
    /// All rows of the inner statement belong to one member. Its ORDER BY only keeps it separate: joined with the outer
    /// one, PostgreSQL could read all team members once for each team.
    static let leftTeams = WriteKind(
        "team.left", phase: .records,
        columns: [.init("member_id", .id), .init("organization_id", .id), .init("updated_at", .instant)],
        expects: .any,
        sql: """
            UPDATE teams SET version = version + 1, updated_at = $3
            WHERE organization_id = $2 AND (deleted_at IS NULL) IS TRUE AND id IN (
                SELECT team_id FROM team_members WHERE organization_id = $2 AND member_id = $1 ORDER BY member_id
            )
            """
    )

    /// Removes a member from all its teams.
    static let leaveTeams = WriteKind(
        "team_members.leave", phase: .records, columns: [.init("member_id", .id), .init("organization_id", .id)],
        expects: .any,
        sql: "DELETE FROM team_members WHERE organization_id = $2 AND member_id = $1"
    )

    static let emptyTeam = WriteKind(
        "team_members.empty", phase: .records, columns: [.init("team_id", .id)], expects: .any,
        sql: "DELETE FROM team_members WHERE team_id = $1"
    )

    static let joinTeam = WriteKind(
        "team_members.join", phase: .records,
        columns: [.init("team_id", .id), .init("member_id", .id), .init("organization_id", .id)],
        sql: "INSERT INTO team_members (team_id, member_id, organization_id) VALUES ($1, $2, $3)"
    )

    /// - Parameter member: the new state; its version is one more than that of the old state.
    static func update(_ member: Member, isDeletion: Bool = false) -> [WriteRow] {
        let row = Member.table.updated(member, isDeletion: isDeletion)
        guard isDeletion else { return [row] }
        let head = member.head
        return [
            row, leftTeams.row([.id(head.id), .id(head.organizationID), .instant(head.updatedAt)]),
            leaveTeams.row([.id(head.id), .id(head.organizationID)]),
        ]
    }

    static func insert(_ team: Team) -> [WriteRow] { [Team.table.inserted(team)] + joins(team) }

    /// - Parameter team: the new state; its version is one more than that of the old state.
    static func update(_ team: Team, isDeletion: Bool = false) -> [WriteRow] {
        [Team.table.updated(team, isDeletion: isDeletion), emptyTeam.row([.id(team.id)])]
            + (isDeletion ? [] : joins(team))
    }

    private static func joins(_ team: Team) -> [WriteRow] {
        team.memberIDs.map { joinTeam.row([.id(team.id), .id($0), .id(team.head.organizationID)]) }
    }
}
